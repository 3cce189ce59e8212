/** Parses untrusted JSON with the limits of YAML, and refuses what would be changed or dropped without notice. */
import { InvalidInput, messageOf } from '@honyaku/contracts';
import { protoMessage, repeatedKeyMessage, yamlLimits } from '@honyaku/contracts/yaml';

/** @throws InvalidInput when the text is malformed, nested too deep, has too many values or a key twice */
export function jsonValue(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(`body: not JSON: ${messageOf(cause)}`, { cause });
  }
  const waiting = [{ value, depth: 0 }];
  let entries = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    // UTF-8 has no bytes for it: whatever stores or reads the text would put U+FFFD in its place.
    if (typeof next.value === 'string' && loneSurrogate.test(next.value))
      throw new InvalidInput('body: a string has one half of a surrogate pair (\\ud800 to \\udfff) alone');
    if (typeof next.value !== 'object' || next.value === null) continue;
    const inner: unknown[] = Object.values(next.value);
    const depth = next.depth + 1;
    if (Object.hasOwn(next.value, '__proto__')) throw new InvalidInput(`body: ${protoMessage}`);
    entries += inner.length;
    if (depth > yamlLimits.depth)
      throw new InvalidInput(`body: JSON nested more than ${yamlLimits.depth} deep`);
    if (entries > yamlLimits.entries)
      throw new InvalidInput(`body: JSON of more than ${yamlLimits.entries} values`);
    for (const each of inner) waiting.push({ value: each, depth });
  }
  const key = repeatedKey(text);
  if (key !== undefined) throw new InvalidInput(`body: ${repeatedKeyMessage(key)}`);
  return value;
}

/** By its flag `u`, a pair of surrogates is one character of another category. */
const loneSurrogate = /\p{Surrogate}/u;

/** Strings, and what begins or ends an object or a list, or follows a key. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;

/** The first key that an object of the text has twice; the text is known to be JSON. */
function repeatedKey(text: string): string | undefined {
  /** The keys of each object around the token; a list has none. */
  const open: Set<string>[] = [];
  let string = '""';
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token !== ':') string = token;
    else {
      const key = String(JSON.parse(string));
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
