/** Errors for answers that are no success, whether the API or a proxy on the way gave them. */
import { STATUS_CODES } from 'node:http';
import {
  Corrupt,
  ErrorBody,
  type HonyakuError,
  InvalidInput,
  Unavailable,
  errorOfKind,
  fromJson,
} from '@honyaku/contracts';

/** A request, and the answer to it. */
export interface Refusal {
  /** Address of the API, as it was named. */
  readonly apiUrl: string;
  /** Path of the request, below the API's address. */
  readonly path: string;
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
}

/** Statuses of proxies whose upstream is away, overloaded or too slow; 520 to 527 are Cloudflare's. */
const upstreamAway = new Set([408, 429, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527]);

/** The API's own error by its kind; of any other answer what it most likely means and what helps. */
export function refusalOf(refusal: Refusal): HonyakuError {
  const { text } = refusal;
  try {
    const { error, message } = fromJson(ErrorBody, text, 'the answer');
    return errorOfKind(error, message);
  } catch (cause) {
    return refusalOnTheWay(refusal, cause);
  }
}

function refusalOnTheWay({ apiUrl, path, status, location }: Refusal, cause: unknown): HonyakuError {
  const answered = `${status}${STATUS_CODES[status] === undefined ? '' : ` ${STATUS_CODES[status]}`}`;
  if (status >= 300 && status < 400 && location !== null) {
    const target = redirectTarget(location, apiUrl, path);
    return new InvalidInput(
      `${apiUrl} redirects to ${target}: name the API by that address (--api or HONYAKU_API_URL), if you trust it`,
      { cause },
    );
  }
  const onTheWay = `something on the way to the API at ${apiUrl}, such as a proxy,`;
  if (status === 401 || status === 403 || status === 407)
    return new InvalidInput(`${onTheWay} refused access (${answered}), not the API itself`, { cause });
  if (status === 413)
    return new InvalidInput(
      `${onTheWay} refused the size of the request (${answered}): raise its limit (nginx: client_max_body_size), or reach the API without it`,
      { cause },
    );
  if (upstreamAway.has(status))
    return new Unavailable(
      `${onTheWay} answered ${answered}: the API behind it is away or too slow; try again later`,
      { cause },
    );
  return new Corrupt(
    `${apiUrl} answered ${answered} to ${path}, not in the form of the API: is it a honyaku API, and is its path right?`,
    { cause },
  );
}

/** Where the API is by that redirect: the address without the path of the request. */
function redirectTarget(location: string, apiUrl: string, path: string): string {
  const target = URL.canParse(location, apiUrl) ? new URL(location, apiUrl).href : location;
  return target.endsWith(path) ? target.slice(0, -path.length) : target;
}
