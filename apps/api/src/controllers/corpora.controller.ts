import { routes } from '@honyaku/contracts';
import { Controller, Inject } from '@nestjs/common';
import { type InputOf, Route } from '../http/route.ts';
import { CorpusStore } from '../corpora/corpus-store.ts';

@Controller()
export class CorporaController {
  constructor(@Inject(CorpusStore) private readonly corpora: CorpusStore) {}

  @Route(routes.uploadCorpus)
  async upload({ digest, body, ...upload }: InputOf<'uploadCorpus'>) {
    return this.corpora.upload(digest, upload, body);
  }

  @Route(routes.corpus)
  async show({ digest }: InputOf<'corpus'>) {
    return this.corpora.record(digest);
  }
}
