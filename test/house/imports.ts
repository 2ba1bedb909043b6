import { posix } from 'node:path';
import { literalText, type SyntaxNode, syntaxOf } from './source.ts';

export interface Import {
  /** The importing file, by its path from the project's root. */
  from: string;
  /** What it imports, as it says it: `./a.ts`, `node:fs`. */
  specifier: string;
  /** The imported file, by its path from the project's root, where it is one of ours. */
  file: string | undefined;
  /** Whether nothing of it is left when the program runs. */
  typeOnly: boolean;
  /** Whether it is imported while the program runs: `import()`. */
  dynamic: boolean;
}

const statements = new Set(['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration']);

/** What one node of a syntax tree imports: statically, again exported, dynamically, as a type, or as a script's URL. */
function imported(node: SyntaxNode): { source: unknown; typeOnly: boolean } | undefined {
  if (statements.has(node.type) && node.source) {
    const kinds = (node.specifiers as { importKind?: string; exportKind?: string }[] | undefined) ?? [];
    const whole = node.importKind === 'type' || node.exportKind === 'type';
    const each = kinds.length > 0 && kinds.every((kind) => kind.importKind === 'type' || kind.exportKind === 'type');
    return { source: node.source, typeOnly: whole || each };
  }
  if (node.type === 'ImportExpression') return { source: node.source, typeOnly: false };
  if (node.type === 'TSImportType') return { source: node.source ?? node.argument, typeOnly: true };
  if (node.type === 'NewExpression' && (node.callee as SyntaxNode).name === 'URL') {
    const [source] = node.arguments as SyntaxNode[];
    return /^\..*\.tsx?$/.test(literalText(source) ?? '') ? { source, typeOnly: false } : undefined;
  }
  return undefined;
}

/** Everything that a script imports. Throws where what it imports cannot be read off its text. */
export function importsOf(from: string, content?: string): Import[] {
  return [...syntaxOf(from, content)].flatMap((node) => {
    const found = imported(node);
    if (!found) return [];
    const specifier = literalText(found.source);
    if (specifier === undefined) throw new Error(`${from}: an import whose name is computed`);
    const file = specifier.startsWith('.')
      ? posix.join(posix.dirname(from), specifier.replace(/\?.*$/, ''))
      : undefined;
    return [{ from, specifier, file, typeOnly: found.typeOnly, dynamic: node.type === 'ImportExpression' }];
  });
}
