/** The API's document with examples of what is there, so that some requests find something. */
import { InvalidInput, openApiPath, routes } from '@honyaku/contracts';
import { z } from 'zod';
import { type CheckedPlatform, type Found } from './platform.ts';

const Parameter = z.looseObject({ name: z.string(), in: z.string() });
const Operation = z.looseObject({
  parameters: z.array(Parameter),
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({})) }).optional(),
});
const Document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), Operation)) });
type Document = z.output<typeof Document>;

export async function documentOf({ url, authorization, found }: CheckedPlatform): Promise<Document> {
  const response = await fetch(`${url}${openApiPath}`, { headers: { authorization } });
  if (!response.ok) throw new InvalidInput(`${openApiPath} answered ${response.status}`);
  const document = Document.parse(await response.json());
  for (const [path, operations] of Object.entries(document.paths))
    for (const operation of Object.values(operations)) addExamples(path, operation, found);
  return document;
}

function addExamples(
  path: string,
  { parameters, requestBody }: z.output<typeof Operation>,
  found: Found,
): void {
  for (const parameter of parameters) {
    const values = examplesOf(path, parameter.name, found);
    if (values.length > 0) parameter['examples'] = named(values);
  }
  if (path !== routes.sweeps.path && path !== routes.preview.path) return;
  const sweep = { name: 'example', corpus: { digest: found.corpus }, trials: 2 };
  for (const content of Object.values(requestBody?.content ?? {})) content['examples'] = named([sweep]);
}

function examplesOf(path: string, name: string, found: Found): readonly string[] {
  if (name === 'digest') return [found.corpus];
  if (name === 'epoch') return ['1'];
  if (name === 'sweep' || (name === 'id' && path.startsWith(routes.sweeps.path))) return found.sweeps;
  return name === 'id' ? found.trials : [];
}

function named(values: readonly unknown[]): Record<string, { value: unknown }> {
  return Object.fromEntries(values.map((value, index) => [`there-${index}`, { value }]));
}
