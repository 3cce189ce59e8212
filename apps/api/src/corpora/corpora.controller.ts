import { Readable } from 'node:stream';
import { CorpusRecord, CorpusUpload, InvalidInput, Sha256, paths } from '@honyaku/contracts';
import { Body, Controller, Get, HttpCode, Inject, Param, Put, Query } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers } from '../docs/api-schemas.ts';
import { corpusContentType } from '../http/body-parsers.ts';
import { SchemaPipe } from '../http/schema-pipe.ts';
import { CorpusStore } from './corpus-store.ts';

const digestPipe = new SchemaPipe(Sha256, 'corpus digest');

@ApiTags('corpora')
@Controller()
export class CorporaController {
  constructor(@Inject(CorpusStore) private readonly corpora: CorpusStore) {}

  @Put(paths.corpus(':digest'))
  @HttpCode(200)
  @ApiOperation({ summary: 'Upload a corpus: UTF-8, one pair a line, source TAB target' })
  @ApiParam({ name: 'digest', description: 'sha256 of the body' })
  @ApiQuery({ name: 'name' })
  @ApiQuery({ name: 'licence' })
  @ApiQuery({ name: 'sourceLanguage' })
  @ApiQuery({ name: 'targetLanguage' })
  @ApiConsumes(corpusContentType)
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @Answers(200, 'CorpusRecord', [400])
  async upload(
    @Param('digest', digestPipe) digest: string,
    @Query(new SchemaPipe(CorpusUpload, 'query')) upload: CorpusUpload,
    @Body() body: unknown,
  ) {
    if (!(body instanceof Readable)) {
      throw new InvalidInput(`body: send the pairs as content-type ${corpusContentType}`);
    }
    return z.encode(CorpusRecord, await this.corpora.upload(digest, upload, body));
  }

  @Get(paths.corpus(':digest'))
  @ApiOperation({ summary: 'What is known of a stored corpus' })
  @ApiParam({ name: 'digest' })
  @Answers(200, 'CorpusRecord', [404])
  async show(@Param('digest', digestPipe) digest: string) {
    return z.encode(CorpusRecord, await this.corpora.record(digest));
  }
}
