/** What takes room in a bucket and shows in no listing of its objects: unfinished uploads and older versions. */
import { type Client } from 'minio';
import { type Folder } from './keys.ts';
import { type StoreRequests } from './store-requests.ts';
import { z } from 'zod';

/** Uploads in parts that were begun and not finished. */
export class UnfinishedUploads {
  constructor(
    private readonly client: Client,
    private readonly bucket: string,
    private readonly requests: StoreRequests,
  ) {}

  /** Aborts those of the keys in the folder that `which` chooses. */
  async abort(folder: Folder, which: (key: string) => boolean): Promise<void> {
    let [lastKey, lastUpload] = ['', ''];
    for (let more = true; more;) {
      const page = await this.requests.run({ operation: 'list-uploads', key: folder }, () =>
        this.client.listIncompleteUploadsQuery(this.bucket, folder, lastKey, lastUpload, ''),
      );
      for (const { key, uploadId } of page.uploads)
        if (which(key))
          await this.requests.run({ operation: 'abort-upload', key }, () =>
            this.client.abortMultipartUpload(this.bucket, key, uploadId),
          );
      [lastKey, lastUpload] = [page.nextKeyMarker, page.nextUploadIdMarker];
      more = page.isTruncated;
    }
  }

  /**
   * Aborts those of one key, as a part of the request that uploads it. The minio client goes on with the
   * parts of an upload that was broken off, but counts them off by one: a file in which two neighbouring parts
   * are equal would lose one of them. So each upload starts afresh.
   */
  async abortOf(key: string): Promise<void> {
    for (;;) {
      const upload = await this.client.findUploadId(this.bucket, key);
      if (upload === undefined) return;
      await this.client.abortMultipartUpload(this.bucket, key, upload);
    }
  }
}

/** Versions that are not an object's newest. */
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

/** Versions of objects that a bucket keeps after they were overwritten or removed. */
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
