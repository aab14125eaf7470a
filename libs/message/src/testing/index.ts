export { corpusFiles, corpusMissing } from './corpus.ts';
