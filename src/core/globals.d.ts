// UTF-8 is the one thing that core needs of a runtime and that ES2022 does not describe; every runtime has it.
declare class TextDecoder {
  constructor(label: 'utf-8', options: { fatal: true; ignoreBOM: true });
  decode(bytes: Uint8Array): string;
}
