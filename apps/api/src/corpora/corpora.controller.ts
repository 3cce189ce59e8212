import { Readable } from 'node:stream';
import { Bug, CorpusRecord, CorpusUpload, Sha256, paths } from '@honyaku/contracts';
import { Controller, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { corpusContentType } from '../http/body-parsers.ts';
import { FromBytes, FromPath, FromWholeQuery } from '../http/inputs.ts';
import { Route } from '../http/route.ts';
import { CorpusStore } from './corpus-store.ts';

const WithDigest = () => FromPath('digest', Sha256, 'corpus digest');

@ApiTags('corpora')
@Controller()
export class CorporaController {
  constructor(@Inject(CorpusStore) private readonly corpora: CorpusStore) {}

  @Route({
    method: 'PUT',
    path: paths.corpus(':digest'),
    summary: 'Upload a corpus: UTF-8, one pair a line, source TAB target',
    description: 'The digest is the sha256 of the body.',
    answers: CorpusRecord,
  })
  async upload(
    @WithDigest() digest: string,
    @FromWholeQuery(CorpusUpload) upload: CorpusUpload,
    @FromBytes([corpusContentType]) body: unknown,
  ) {
    if (!(body instanceof Readable)) throw new Bug('a corpus came as no stream');
    return z.encode(CorpusRecord, await this.corpora.upload(digest, upload, body));
  }

  @Route({
    method: 'GET',
    path: paths.corpus(':digest'),
    summary: 'What is known of a stored corpus',
    answers: CorpusRecord,
    refusals: [404],
  })
  async show(@WithDigest() digest: string) {
    return z.encode(CorpusRecord, await this.corpora.record(digest));
  }
}
