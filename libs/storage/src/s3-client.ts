import { Client, type ClientOptions } from 'minio';

/** minio's client takes no IPv6 address, though all that comes after its check does. */
export class S3Client extends Client {
  constructor(endpoint: URL, options: Omit<ClientOptions, 'endPoint' | 'port' | 'useSSL'>) {
    const useSSL = endpoint.protocol === 'https:';
    const port = endpoint.port === '' ? (useSSL ? 443 : 80) : Number(endpoint.port);
    const isIpv6 = endpoint.hostname.startsWith('[');
    super({ ...options, endPoint: isIpv6 ? 'localhost' : endpoint.hostname, port, useSSL });
    if (isIpv6) this.host = endpoint.hostname.slice(1, -1);
  }
}
