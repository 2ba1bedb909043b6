import { type Bytes, text, utf8 } from './bytes.ts';
import { AppError } from './errors.ts';

/** Up to here a loop copies faster than the engine does, which makes a view first. */
const shortBytes = 64;

/** Reads a byte string from its start. Every read past the end, and any rest at `end`, throws `malformed-frame`. */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  unsigned(width: 1 | 2 | 4 | 6): number {
    const from = this.#advance(width);
    let value = 0;
    // No DataView: making one costs more than what it would read.
    for (let at = from; at < from + width; at++) value = value * 256 + (this.#bytes[at] as number);
    return value;
  }

  /** A copy, so that a small value never pins the buffer that it arrived in. (`slice` of a Node `Buffer` is none.) */
  bytes(length: number): Bytes {
    const from = this.#advance(length);
    if (length > shortBytes) return new Uint8Array(this.#bytes.subarray(from, from + length));
    const copy = new Uint8Array(length);
    for (let at = 0; at < length; at++) copy[at] = this.#bytes[from + at] as number;
    return copy;
  }

  end(): void {
    if (this.left !== 0) throw new AppError('malformed-frame', `${this.left} bytes too many`);
  }

  #advance(length: number): number {
    const at = this.#at;
    if (length > this.left) throw new AppError('malformed-frame', `${length - this.left} bytes missing`);
    this.#at += length;
    return at;
  }
}

/** Writes into a byte string whose size is known. */
export class Writer {
  readonly done: Bytes;
  #at = 0;

  constructor(size: number) {
    this.done = new Uint8Array(size);
  }

  unsigned(width: 1 | 2 | 4 | 6, value: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** width) {
      throw new RangeError(`${value} does not fit ${width} bytes`);
    }
    let rest = value;
    for (let at = this.#at + width - 1; at >= this.#at; at--) {
      this.done[at] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.#at += width;
  }

  bytes(value: Uint8Array): void {
    this.done.set(value, this.#at);
    this.#at += value.length;
  }
}

/** How one value lies on the wire. Numbers are big-endian. */
export interface Codec<T> {
  size(value: T): number;
  write(writer: Writer, value: T): void;
  read(reader: Reader): T;
}

export type ValueOf<C> = C extends Codec<infer T> ? T : never;

function unsigned(width: 1 | 2 | 4 | 6): Codec<number> {
  return {
    size: () => width,
    write: (writer, value) => writer.unsigned(width, value),
    read: (reader) => reader.unsigned(width),
  };
}

export const u8 = unsigned(1);
export const u16 = unsigned(2);
export const u32 = unsigned(4);
/** 48 bits: sequence numbers, and times in ms since 1970. */
export const u48 = unsigned(6);

/** Exactly `length` bytes. */
export function bytes(length: number): Codec<Uint8Array> {
  return {
    size: () => length,
    write(writer, value) {
      if (value.length !== length) throw new RangeError(`${value.length} bytes instead of ${length}`);
      writer.bytes(value);
    },
    read: (reader) => reader.bytes(length),
  };
}

/** Up to `most` bytes, their count before them in 2 bytes. */
export function upTo(most: number): Codec<Uint8Array> {
  return {
    size: (value) => 2 + value.length,
    write(writer, value) {
      if (value.length > most) throw new AppError('too-large', `${value.length} bytes, ${most} at most`);
      writer.unsigned(2, value.length);
      writer.bytes(value);
    },
    read(reader) {
      const length = reader.unsigned(2);
      if (length > most) throw new AppError('too-large', `${length} bytes, ${most} at most`);
      return reader.bytes(length);
    },
  };
}

/** UTF-8 of up to `most` bytes, their count before them in 2 bytes. */
export function utf8UpTo(most: number): Codec<string> {
  const raw = upTo(most);
  return {
    size: (value) => raw.size(utf8(value)),
    write: (writer, value) => raw.write(writer, utf8(value)),
    read: (reader) => text(raw.read(reader)),
  };
}

/** One name of a fixed list, as its place in the list, in 1 byte. */
export function oneOf<const Names extends readonly string[]>(names: Names): Codec<Names[number]> {
  return {
    size: () => 1,
    write: (writer, value) => writer.unsigned(1, names.indexOf(value)),
    read(reader) {
      const name = names[reader.unsigned(1)];
      if (name === undefined) throw new AppError('malformed-frame', 'unknown name');
      return name;
    },
  };
}

/** A value that may be missing: 1 byte says whether it follows. */
export function optional<T>(codec: Codec<T>): Codec<T | null> {
  return {
    size: (value) => 1 + (value === null ? 0 : codec.size(value)),
    write(writer, value) {
      writer.unsigned(1, value === null ? 0 : 1);
      if (value !== null) codec.write(writer, value);
    },
    read(reader) {
      const there = reader.unsigned(1);
      if (there > 1) throw new AppError('malformed-frame', 'neither there nor missing');
      return there === 1 ? codec.read(reader) : null;
    },
  };
}

export type Struct<F> = { [Name in keyof F]: ValueOf<F[Name]> };

/** Fields one after the other, in the order of their declaration. Where a bundle does not use one, it is left out. */
/* @__NO_SIDE_EFFECTS__ */
export function struct<F extends Record<string, Codec<unknown>>>(fields: F): Codec<Struct<F>> {
  const entries = Object.entries(fields);
  return {
    size(value) {
      let sum = 0;
      for (const [name, codec] of entries) sum += codec.size(value[name as keyof F]);
      return sum;
    },
    write(writer, value) {
      for (const [name, codec] of entries) codec.write(writer, value[name as keyof F]);
    },
    read(reader) {
      const values: Record<string, unknown> = {};
      for (const [name, codec] of entries) values[name] = codec.read(reader);
      return values as Struct<F>;
    },
  };
}

/** One value as a byte string of its own. */
export function encode<T>(codec: Codec<T>, value: T): Bytes {
  const writer = new Writer(codec.size(value));
  codec.write(writer, value);
  return writer.done;
}

/** The value of a byte string that holds it and nothing else. Throws `malformed-frame`, `malformed-message`, `too-large`. */
export function decode<T>(codec: Codec<T>, encoded: Uint8Array): T {
  const reader = new Reader(encoded);
  const value = codec.read(reader);
  reader.end();
  return value;
}
