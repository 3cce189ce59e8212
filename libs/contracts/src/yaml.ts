/**
 * Parses untrusted YAML in time and memory that are linear in its size. A text that could take longer is refused before
 * it is composed: tokens are counted in linear time. Duplicate keys are found in linear time as well, whereas the
 * package's own check compares each pair of keys.
 */
import {
  CST,
  type Document,
  Lexer,
  LineCounter,
  type YAMLParseError,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
} from 'yaml';

export const yamlLimits = {
  /** Characters. */
  length: 1024 * 1024,
  /** Nesting of brackets, and of indicators on one line. */
  depth: 32,
  /** Keys and items. */
  entries: 50_000,
  tokens: 500_000,
  aliases: 100,
} as const;

/** Tokens that start or precede a key or an item. */
const entryTokens: ReadonlySet<CST.TokenType> = new Set([
  'comma',
  'map-value-ind',
  'seq-item-ind',
  'tag',
  'anchor',
  'directive-line',
  'doc-start',
]);

export interface YamlProblem {
  /** Numbered from 1. */
  readonly line: number;
  readonly message: string;
}

export type YamlText =
  | { readonly document: Document.Parsed; readonly lines: LineCounter; readonly value: unknown }
  | { readonly problem: YamlProblem };

/** Parses one document of YAML or JSON. @returns the document, or its first problem */
export function readYaml(text: string): YamlText {
  const problem = sizeProblem(text);
  if (problem) return { problem };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const [syntaxError] = document.errors;
  if (syntaxError) return { problem: { line: lineAt(syntaxError.pos[0]), message: problemOf(syntaxError) } };
  const key = refusedKey(document);
  if (key) return { problem: { line: lineAt(key.offset), message: key.message } };
  try {
    return { document, lines, value: document.toJS({ maxAliasCount: yamlLimits.aliases }) };
  } catch (cause) {
    // An undefined alias, or aliases that expand to too many values; the package throws a ReferenceError for both.
    const message = cause instanceof Error ? cause.message : String(cause);
    const isTooLarge = message.startsWith('Excessive alias count');
    return {
      problem: {
        line: 1,
        message: isTooLarge ? `aliases expand to more than ${yamlLimits.aliases} values` : message,
      },
    };
  }
}

/** The package's own words, but where they are for programmers. */
function problemOf({ code, message }: YAMLParseError): string {
  return code === 'MULTIPLE_DOCS'
    ? 'only one document is allowed: take out what begins with this `---`'
    : `not YAML or JSON: ${message}`;
}

function sizeProblem(text: string): YamlProblem | undefined {
  if (text.length > yamlLimits.length)
    return { line: 1, message: `${text.length} characters; at most ${yamlLimits.length} are allowed` };
  const counts = { entries: 0, tokens: 0, aliases: 0 };
  let line = 1;
  let brackets = 0;
  let indicators = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    counts.tokens += 1;
    if (type === 'alias') counts.aliases += 1;
    if (type !== null && entryTokens.has(type)) counts.entries += 1;
    if (type === 'flow-seq-start' || type === 'flow-map-start') brackets += 1;
    if (type === 'flow-seq-end' || type === 'flow-map-end') brackets -= 1;
    if (brackets < 0) return { line, message: `not YAML or JSON: unexpected ${token}` };
    if (type === 'seq-item-ind' || type === 'explicit-key-ind') indicators += 1;
    if (type === 'newline') indicators = 0;
    if (Math.max(brackets, indicators) > yamlLimits.depth)
      return { line, message: `nested more than ${yamlLimits.depth} deep` };
    for (const name of ['entries', 'tokens', 'aliases'] as const)
      if (counts[name] > yamlLimits[name])
        return { line, message: `more than ${yamlLimits[name].toLocaleString('en')} ${name}` };
    if (token.includes('\n')) line += token.split('\n').length - 1;
  }
  return undefined;
}

/**
 * The first key that is a duplicate, or that JavaScript treats specially, so that schemas would drop it unseen. Aliases
 * are not followed, since their targets are checked themselves.
 */
function refusedKey({ contents }: Document.Parsed): { offset: number; message: string } | undefined {
  const waiting: { readonly node: unknown; readonly depth: number }[] = [{ node: contents, depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node } = next;
    const depth = next.depth + 1;
    if (isAlias(node) || (!isMap(node) && !isSeq(node))) continue;
    if (depth > yamlLimits.depth)
      return { offset: node.range?.[0] ?? 0, message: `nested more than ${yamlLimits.depth} deep` };
    const seen = new Set<string>();
    for (const item of node.items) {
      if (!isPair(item)) {
        waiting.push({ node: item, depth });
        continue;
      }
      waiting.push({ node: item.key, depth }, { node: item.value, depth });
      if (!isScalar(item.key)) continue;
      const name = String(item.key.value);
      if (name === '__proto__') return { offset: item.key.range?.[0] ?? 0, message: protoMessage };
      if (isMap(node) && seen.has(name))
        return { offset: item.key.range?.[0] ?? 0, message: repeatedKeyMessage(name) };
      seen.add(name);
    }
  }
  return undefined;
}

/** For `__proto__` as a key. */
export const protoMessage = 'the key __proto__ is not allowed';

/** For a key that is given twice. */
export function repeatedKeyMessage(key: string): string {
  return `the key ${key.length > 80 ? `${key.slice(0, 80)}…` : key} is given twice`;
}
