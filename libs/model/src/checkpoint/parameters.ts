/** Parameters in a file: each declares the tensors that hold it there, and how its values lie in them. */
import { Corrupt } from '@honyaku/contracts';
import type { Variable } from '../kernels/variable.ts';
import { type NamedTensor, type TensorFile, writeSafetensors } from './safetensors.ts';

/**
 * Between the layout that the kernels want and PyTorch's, in which checkpoints are written. It fits anything of
 * the parameter's shape: its values, a gradient, a moment.
 */
export interface FileLayout {
  /** Those that hold the parameter, in the order of the file. */
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** The data of each of `tensors`. */
  readonly toFile: (values: Float32Array) => readonly Float32Array[];
  /** The way back. @param data of each of `tensors` */
  readonly fromFile: (data: readonly Float32Array[]) => Float32Array;
}

export interface StoredParameter {
  readonly name: string;
  /** As the kernels want it. */
  readonly shape: readonly number[];
  readonly layout: FileLayout;
}

/** One tensor of the parameter's own name and shape, its values put through `convert` both ways. */
export function oneTensor(
  name: string,
  shape: readonly number[],
  convert: (values: Float32Array) => Float32Array = (values) => values,
): FileLayout {
  return {
    tensors: [{ name, shape }],
    toFile: (values) => [convert(values)],
    fromFile: ([data]) => convert(required(data, name)),
  };
}

/** A parameter's values, or anything of its shape, as a checkpoint has them. */
export function fileTensors({ layout }: StoredParameter, values: Float32Array, prefix = ''): NamedTensor[] {
  const data = layout.toFile(values);
  return layout.tensors.map(({ name, shape }, index) => ({
    name: prefix + name,
    shape,
    data: required(data[index], name),
  }));
}

/** Writes variables as a checkpoint has them, under the names of their parameters behind a prefix. */
export async function writeParameters(
  path: string,
  parameters: readonly {
    readonly spec: StoredParameter;
    readonly variable: Variable;
    readonly prefix?: string;
  }[],
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  function* data(): Generator<NamedTensor> {
    for (const { spec, variable, prefix } of parameters) yield* fileTensors(spec, variable.values(), prefix);
  }
  const tensors = parameters.flatMap(({ spec: { layout }, prefix = '' }) =>
    layout.tensors.map(({ name, shape }) => ({ name: prefix + name, shape })),
  );
  await writeSafetensors(path, tensors, data, metadata);
}

/** A parameter's values out of a checkpoint. @throws Corrupt */
export function parameterFrom(
  file: TensorFile,
  { layout }: StoredParameter,
  where: string,
  prefix = '',
): Float32Array {
  const data = layout.tensors.map(({ name, shape }) => {
    const found = file.tensors.get(prefix + name);
    if (!found) throw new Corrupt(`${where} has no parameter ${prefix}${name}`);
    if (found.shape.join() !== shape.join()) {
      throw new Corrupt(
        `${where}: ${prefix}${name} has the shape [${found.shape.join(', ')}], the network needs [${shape.join(', ')}]`,
      );
    }
    if (!(found.data instanceof Float32Array))
      throw new Corrupt(`${where}: ${prefix}${name} is not of type F32`);
    return found.data;
  });
  return layout.fromFile(data);
}

function required(data: Float32Array | undefined, name: string): Float32Array {
  if (data === undefined) throw new RangeError(`no data for ${name}`);
  return data;
}
