/** Changes that a person writes as `name=value`, or `part.name=value` for what lies deeper. */
import { InvalidInput, messageOf } from '@honyaku/contracts';
import { Document, parse } from 'yaml';

/**
 * `base` with the changes in it; values are read as YAML, so that 3, true and [1, 2] are what they look like.
 * @throws InvalidInput naming the change that is not of that form
 */
export function withChanges(base: object, changes: readonly string[]): unknown {
  const document = new Document(base);
  for (const change of changes) {
    const [, name, value] = /^([\w.]+)=(.*)$/s.exec(change) ?? [];
    if (name === undefined || value === undefined)
      throw new InvalidInput(`--set ${change}: write name=value, as dropout=0.3`);
    try {
      document.setIn(name.split('.'), document.createNode(parse(value)));
    } catch (cause) {
      throw new InvalidInput(`--set ${change}: ${messageOf(cause)}`, { cause });
    }
  }
  return document.toJS();
}
