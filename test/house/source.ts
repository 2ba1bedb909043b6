import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every file below a folder of the project, by its path from the project's root, with `/`. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/'))
    .sort();
}

export function isScript(path: string): boolean {
  return /\.(ts|tsx|mjs)$/.test(path) && !path.endsWith('.d.ts');
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** A node of the syntax tree (ESTree with TypeScript's additions). */
export interface SyntaxNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** Every node of a script, parents first. Throws where it is no valid script. */
export function* syntaxOf(path: string, content = read(path)): Generator<SyntaxNode> {
  const { program, errors } = parseSync(path, content);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const waiting: unknown[] = [program];
  for (let at = 0; at < waiting.length; at++) {
    const value = waiting[at];
    if (isNode(value)) yield value;
    if (typeof value === 'object' && value !== null) waiting.push(...Object.values(value));
  }
}

/** The text of a string literal, or of a template without places to fill. */
export function literalText(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type !== 'TemplateLiteral') return undefined;
  const [only, ...others] = node.quasis as { value: { cooked: string } }[];
  return others.length === 0 ? only?.value.cooked : undefined;
}
