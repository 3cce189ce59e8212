/** Versions of objects that a bucket keeps after they were overwritten or removed. */
import { type Client } from 'minio';
import { z } from 'zod';
import { type StoreRequests } from './store-requests.ts';

/** What takes room beside the objects themselves. */
export interface NoncurrentVersions {
  readonly versions: number;
  readonly bytes: number;
  /** They stand for removed objects. */
  readonly deleteMarkers: number;
}

/** What the minio client's types leave out. */
const Version = z.object({
  isLatest: z.boolean(),
  isDeleteMarker: z.boolean(),
  size: z.number().nullish(),
});

const pageVersions = 1000;

export class BucketVersions {
  constructor(
    private readonly client: Client,
    private readonly bucket: string,
    private readonly requests: StoreRequests,
  ) {}

  /**
   * Those under `prefix`; undefined when the bucket has never kept versions.
   * @throws Unavailable also when the credentials may not see them (`s3:GetBucketVersioning`,
   *   `s3:ListBucketVersions`)
   */
  async noncurrent(prefix: string): Promise<NoncurrentVersions | undefined> {
    const { Status } = await this.requests.run(
      { operation: 'get-versioning', key: this.bucket },
      async () => ({
        ...(await this.client.getBucketVersioning(this.bucket)),
      }),
    );
    if (Status === undefined) return undefined;
    const found = { versions: 0, bytes: 0, deleteMarkers: 0 };
    for await (const { isLatest, isDeleteMarker, size } of this.list(prefix)) {
      if (isDeleteMarker) found.deleteMarkers += 1;
      else if (!isLatest) {
        found.versions += 1;
        found.bytes += size ?? 0;
      }
    }
    return found;
  }

  private async *list(prefix: string): AsyncGenerator<z.output<typeof Version>> {
    let [keyMarker, versionIdMarker] = ['', ''];
    for (let more = true; more;) {
      const options = { Delimiter: '', MaxKeys: pageVersions, IncludeVersion: true };
      const page = await this.requests.run({ operation: 'list-versions', key: prefix }, () =>
        this.client.listObjectsQuery(this.bucket, prefix, '', { ...options, keyMarker, versionIdMarker }),
      );
      yield* z.array(Version).parse(page.objects);
      keyMarker = escaped(page.keyMarker);
      versionIdMarker = escaped(page.versionIdMarker);
      more = page.isTruncated === true && keyMarker !== '';
    }
  }
}

/** The minio client puts markers into the query as they came: escaped by some stores, by others not. */
function escaped(marker: string | undefined): string {
  return encodeURIComponent(decodeURIComponent(marker ?? ''));
}
