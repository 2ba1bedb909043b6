export { bytesToHex as toHex, hexToBytes as fromHex } from '@noble/hashes/utils.js';
