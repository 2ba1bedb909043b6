/** What the files of one room may import: other rooms' files, and packages. Its own files it may always. */
interface Room {
  readonly rooms: readonly string[];
  readonly packages: RegExp;
}

const none = /^(?!)/;
const extensionPage: Room = {
  rooms: ['src/core', 'src/ui', 'src/extension/messaging', 'src/extension/screens'],
  packages: /^(preact(\/|$)|@preact\/signals$|webextension-polyfill$|qrcode$)/,
};

/** The import table of docs/architecture.md. A file is in the room with the longest path that it lies below. */
export const rooms: Readonly<Record<string, Room>> = {
  'src/core': { rooms: [], packages: /^@noble\// },
  'src/relay-client': { rooms: ['src/core'], packages: none },
  'src/vault': { rooms: ['src/core'], packages: /^idb$/ },
  'src/providers': { rooms: ['src/core'], packages: none },
  'src/page': { rooms: [], packages: none },
  'src/ui': { rooms: ['src/core'], packages: /^(preact(\/|$)|@preact\/signals$)/ },
  'src/extension/messaging': { rooms: ['src/core'], packages: /^webextension-polyfill$/ },
  'src/extension/storage': { rooms: ['src/core', 'src/extension/messaging'], packages: /^webextension-polyfill$/ },
  'src/extension/background': {
    rooms: [
      ...['src/core', 'src/relay-client', 'src/vault', 'src/providers'],
      ...['src/extension/messaging', 'src/extension/storage'],
    ],
    packages: /^webextension-polyfill$/,
  },
  'src/extension/content': {
    rooms: ['src/core', 'src/providers', 'src/extension/messaging'],
    packages: /^webextension-polyfill$/,
  },
  // What more than one of the extension's pages shows.
  'src/extension/screens': extensionPage,
  'src/extension/popup': extensionPage,
  'src/extension/options': extensionPage,
  'src/extension/welcome': extensionPage,
  'src/phone': {
    rooms: ['src/core', 'src/relay-client', 'src/vault', 'src/ui'],
    packages: /^(preact(\/|$)|@preact\/signals$|idb$|qr\/decode\.js$)/,
  },
  'src/relay': { rooms: ['src/core'], packages: /^(node:|ws$|lmdb$|web-push$|ioredis$|pino$|prom-client$)/ },
  'src/identity-provider': {
    rooms: ['src/core'],
    packages: /^(node:|lmdb$|@node-rs\/argon2$|@simplewebauthn\/server$)/,
  },
  'src/identity-provider/pages': {
    rooms: ['src/core', 'src/page', 'src/ui'],
    packages: /^(preact(\/|$)|@preact\/signals$)/,
  },
  'src/demo': {
    rooms: ['src'],
    packages: /^(node:|playwright-core$|qr\/decode\.js$|vite$|ws$)/,
  },
};

/** Single files that a room may import beside its rooms, with why. */
export const doors: Readonly<Record<string, readonly string[]>> = {
  // What a server and its own pages say to each other and must agree on. They import core and each other alone.
  'src/identity-provider/pages': [
    'src/identity-provider/api-contract.ts',
    'src/identity-provider/policy.ts',
    'src/identity-provider/rate-limited.ts',
    'src/identity-provider/wrong-address.ts',
  ],
};

/** Rooms of which only types may be imported: nothing of them is left when the program runs. */
export const typesOnly: Readonly<Record<string, readonly string[]>> = {
  'src/page': ['src/core'],
};

/** Files beside `src` that any room may import: texts for people. */
export const shared = /^public\/_locales\/[a-z]{2}\/messages\.json$/;

/** The room of a file, or undefined for one that is in none. */
export function roomOf(path: string): string | undefined {
  return Object.keys(rooms)
    .filter((room) => path.startsWith(`${room}/`))
    .sort((left, right) => right.length - left.length)[0];
}
