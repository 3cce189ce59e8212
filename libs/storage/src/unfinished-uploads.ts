/** Uploads in parts that were begun and not finished: their parts take room and show in no listing of objects. */
import { type Client } from 'minio';
import { type Folder } from './keys.ts';
import { type StoreRequests } from './store-requests.ts';

export class UnfinishedUploads {
  constructor(
    private readonly client: Client,
    private readonly bucket: string,
    private readonly requests: StoreRequests,
  ) {}

  /** Gives up those of the keys in the folder that `which` chooses. */
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
   * Gives up those of one key, as a part of the request that uploads it. The minio client goes on with the
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
