import { z } from 'zod';

const nonFinite = ['NaN', 'Infinity', '-Infinity'] as const;

/**
 * A measured number (perplexity, loss) that may be NaN or infinite. JSON has no such numbers and turns
 * them into null, so on the wire and in records they are the strings "NaN", "Infinity" and "-Infinity".
 */
export const Measure = z.codec(
  z.union([z.number(), z.enum(nonFinite)]),
  z.union([z.number(), z.nan(), z.literal(Infinity), z.literal(-Infinity)]),
  {
    decode: (wire) => Number(wire),
    encode: (value) =>
      Number.isNaN(value)
        ? 'NaN'
        : value === Infinity
          ? 'Infinity'
          : value === -Infinity
            ? '-Infinity'
            : value,
  },
);
