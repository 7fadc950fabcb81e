'use strict';
/** `preset: 'hs-wasm'`: the transform, and what `--watch`, `--findRelatedTests` and a long run in one process want besides. */

module.exports = {
  transform: {
    '\\.l?hs$': require.resolve('./transform.js'),
    // Jest's own, which a transform of another's replaces.
    '\\.[jt]sx?$': 'babel-jest',
  },
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'jsx', 'ts', 'mts', 'cts', 'tsx', 'json', 'node', 'hs', 'lhs'],
  coveragePathIgnorePatterns: ['/node_modules/', '\\.l?hs$'],
  dependencyExtractor: require.resolve('./dependencies.js'),
  setupFilesAfterEnv: [require.resolve('./setup.js')],
};
