import type { PostStore } from '../../relay-client/post.ts';
import type { Vault } from '../../vault/vault.ts';

const prefix = 'post:';

/** The post's own corner of the vault, where it does not see what else lies there. */
export function postStore(vault: Vault): PostStore {
  return {
    async entries(of) {
      const entries = await vault.entries(prefix + of);
      return entries.map(([name, value]) => [name.slice(prefix.length), value]);
    },
    set: (values) =>
      vault.set(Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]))),
    remove: (names) => vault.remove(names.map((name) => prefix + name)),
  };
}
