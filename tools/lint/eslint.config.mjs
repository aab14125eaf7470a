// The rules of the house (DESIGN §6, STYLE). Run per project by Nx: `npm run lint` in a project, or `nx run-many -t lint`.
import { resolve } from 'node:path';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const ROOT = resolve(import.meta.dirname, '../..');

/** Import direction: app → port → codec → model. Tools stand outside and may use everything but apps' insides. */
export const depConstraints = [
  { sourceTag: 'layer:model', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'layer:codec', onlyDependOnLibsWithTags: ['layer:model', 'layer:codec'] },
  { sourceTag: 'layer:port', onlyDependOnLibsWithTags: ['layer:model', 'layer:codec', 'layer:port', 'layer:testkit'] },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['layer:model', 'layer:codec', 'layer:port', 'layer:testkit'] },
  {
    sourceTag: 'layer:testkit',
    onlyDependOnLibsWithTags: ['layer:model', 'layer:codec', 'layer:port', 'layer:testkit'],
  },
  {
    sourceTag: 'layer:tool',
    onlyDependOnLibsWithTags: ['layer:model', 'layer:codec', 'layer:port', 'layer:testkit', 'layer:tool'],
  },
  // Codecs are pure: bytes in, data out.
  {
    sourceTag: 'layer:codec',
    bannedExternalImports: ['@nats-io/*', '@opentelemetry/*', 'pino', 'nodemailer', 'smtp-server', 'fastify'],
  },
  // The webmail works with any mail server: nothing private (DESIGN §2).
  { sourceTag: 'scope:mua', notDependOnLibsWithTags: ['scope:bus', 'scope:mailstore'] },
];

const sockets = [
  'net',
  'tls',
  'dgram',
  'http',
  'https',
  'http2',
  'dns',
  'child_process',
  'cluster',
  'worker_threads',
  'fs',
  'fs/promises',
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/goldens/**', '**/*.d.ts', '**/fixtures/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: ROOT } },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          allowCircularSelfDependency: true,
          banTransitiveDependencies: false,
          depConstraints,
        },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNullish: true },
      ],
      'no-console': 'error',
      // Codecs check octets by class; where a pattern means control characters, it says so with a directive.
      'no-control-regex': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 500, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['**/*.test.ts', '**/testing/**', '**/bench/**', '**/goldens/**', '**/contract*.ts'],
    rules: {
      // A suite is one function; node:test's promises are awaited by the runner.
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
      'no-console': 'off',
    },
  },
  {
    // Projects are linted in their own folders; without this the pattern would be relative to those and match nothing.
    basePath: ROOT,
    files: ['libs/{smtp,imap,message,dsn,sieve,mail}/**/*.ts'],
    ignores: ['**/*.test.ts', '**/testing/**', '**/bench/**', '**/goldens/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: sockets
            .flatMap((name) => [name, `node:${name}`])
            .map((name) => ({ name, message: 'codecs open no socket and read no file (DESIGN §6)' })),
        },
      ],
    },
  },
  {
    basePath: ROOT,
    files: ['{apps,libs}/**/*.ts'],
    ignores: ['**/*.test.ts', '**/testing/**', '**/bench/**', '**/goldens/**', '**/contract*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [{ name: '@postroad/testkit', message: 'only tests may use the testkit' }] },
      ],
    },
  },
);
