/** Functions with known minima, on which samplers are compared. */
import { type Space, type Suggestion } from '@honyaku/search';

export interface TestFunction {
  readonly name: string;
  readonly space: Space;
  readonly minimum: number;
  readonly at: (values: Suggestion) => number;
}

const real = (low: number, high: number) => ({ type: 'float', low, high, log: false }) as const;
const spaceOf = (dimensions: number, low: number, high: number): Space =>
  Object.fromEntries(Array.from({ length: dimensions }, (_, index) => [`x${index + 1}`, real(low, high)]));
const pointOf = (values: Suggestion, dimensions: number) =>
  Array.from({ length: dimensions }, (_, index) => Number(values[`x${index + 1}`]));

/** Dixon and Szegö 1978. */
const branin: TestFunction = {
  name: 'Branin',
  space: { x1: real(-5, 10), x2: real(0, 15) },
  minimum: 0.397887357729739,
  at: (values) => {
    const [x = 0, y = 0] = pointOf(values, 2);
    const square = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
    return square ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
  },
};

const height = [1, 1.2, 3, 3.2];
const width = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const peak = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];

const hartmann: TestFunction = {
  name: 'Hartmann-6',
  space: spaceOf(6, 0, 1),
  minimum: -3.32236801141551,
  at: (values) => {
    const point = pointOf(values, 6);
    return -height.reduce((sum, alpha, row) => {
      const distance = point.reduce(
        (total, x, column) => total + (width[row]?.[column] ?? 0) * (x - (peak[row]?.[column] ?? 0)) ** 2,
        0,
      );
      return sum + alpha * Math.exp(-distance);
    }, 0);
  },
};

const rosenbrock: TestFunction = {
  name: 'Rosenbrock-5',
  space: spaceOf(5, -2, 2),
  minimum: 0,
  at: (values) => {
    const point = pointOf(values, 5);
    return point.slice(1).reduce((sum, next, index) => {
      const x = point[index] ?? 0;
      return sum + 100 * (next - x * x) ** 2 + (1 - x) ** 2;
    }, 0);
  },
};

/** A branch of two parameters that holds the minimum, and one of a single one that does not. */
const conditional: TestFunction = {
  name: 'conditional toy',
  space: {
    branch: { type: 'choice', values: ['wide', 'narrow'] },
    a: real(-5, 5),
    b: { ...real(-5, 5), when: { branch: 'narrow' } },
    c: { type: 'float', low: 0.001, high: 10, log: true, when: { branch: 'narrow' } },
    d: { ...real(-5, 5), when: { branch: 'wide' } },
  },
  minimum: 0,
  at: ({ branch, a, b, c, d }) =>
    (Number(a) - 1) ** 2 +
    (branch === 'narrow' ? (Number(b) + 2) ** 2 + Math.log10(Number(c) / 0.1) ** 2 : 2 + Number(d) ** 2),
};

export const testFunctions: readonly TestFunction[] = [branin, hartmann, rosenbrock, conditional];
