/**
 * Indices of `count` items spread evenly over the items sorted by size, from small to large: the middle one of
 * each of `count` equal parts. Of fewer items than that, all.
 */
export function stratifiedSample(sizes: readonly number[], count: number): number[] {
  const sorted = [...sizes.keys()].sort((a, b) => (sizes[a] ?? 0) - (sizes[b] ?? 0) || a - b);
  if (count >= sorted.length) return sorted;
  return Array.from({ length: count }, (_, part) => {
    const middle = Math.floor(((part + 0.5) * sorted.length) / count);
    return sorted[middle] ?? 0;
  });
}
