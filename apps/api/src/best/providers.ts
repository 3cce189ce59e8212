import { ObjectStore } from '@honyaku/storage';
import { type Provider } from '@nestjs/common';
import { SweepStore } from '../store/sweep-store.ts';
import { startTranslatingChild } from '../translator/translating-child.ts';
import { Translator } from '../translator/translator.ts';
import { type Context, provide } from '../wiring/context.ts';
import { BestBundles } from './best-bundles.ts';
import { BestDownloads, PublishedBucket } from './best-downloads.ts';
import { BundleFiles } from './bundle-files.ts';

export function bestProviders({ logger }: Context): Provider[] {
  return [
    provide(
      BestBundles,
      [ObjectStore, SweepStore],
      (objects, store) => new BestBundles(objects, store, logger),
    ),
    provide(BundleFiles, [ObjectStore, BestBundles], (objects, bundles) => new BundleFiles(objects, bundles)),
    provide(
      BestDownloads,
      [ObjectStore, PublishedBucket, SweepStore, BestBundles, BundleFiles],
      (objects, published, store, bundles, files) =>
        new BestDownloads(objects, published, store, bundles, files),
    ),
    provide(Translator, [BundleFiles], (files) => new Translator(files, startTranslatingChild)),
  ];
}
