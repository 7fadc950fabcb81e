'use strict';
// A Haskell program that makes C function pointers of many types, and calls each.

const types = ['Int32', 'Int64', 'Float', 'Double'];

/** A value of a type that no other place of a call has, as Haskell. */
function value(type, place) {
  if (type === '()') return '()';
  if (type === 'Int64') return `(${place + 1} * 2 ^ (40 :: Int) - 3)`;
  return type === 'Int32' ? `(-${place}7)` : `${place}.5${type === 'Double' ? 'e200' : ''}`;
}

/** All lists of `length` types. */
function lists(length) {
  if (length === 0) return [[]];
  return lists(length - 1).flatMap((list) => types.map((type) => [...list, type]));
}

/** The declarations and the test of one signature. */
function signature(list, result, n) {
  const type = [...list, `IO ${result}`].join(' -> ');
  const names = list.map((_, place) => `a${place}`);
  const values = list.map(value);
  const given = value(result, 8);
  const holds = names.map((name, place) => `${name} == ${values[place]}`).join(' && ') || 'True';
  const lambda = names.length > 0 ? `\\${names.join(' ')} -> ` : '';
  return [
    `foreign import ccall "wrapper" w${n} :: (${type}) -> IO (FunPtr (${type}))`,
    `foreign import ccall "dynamic" d${n} :: FunPtr (${type}) -> ${type}`,
    `t${n} :: IO Bool`,
    `t${n} = do`,
    `  f <- w${n} (${lambda}if ${holds} then pure ${given} else fail "argument")`,
    `  (== ${given}) <$> d${n} f ${values.join(' ')}`,
  ].join('\n');
}

/** The program, and how many signatures it tries: it prints `n of n`. */
function signatures() {
  const long = types.map((_, shift) => [0, 1, 2, 3].map((place) => types[(place + shift) % 4]));
  const all = [...[0, 1, 2].flatMap(lists), ...long, [...long[0], ...long[2]]];
  const each = all.flatMap((list) => ['()', ...types].map((result) => [list, result]));
  const tests = each.map(([list, result], n) => signature(list, result, n));
  const source = [
    'module Main where',
    'import Foreign',
    ...tests,
    'main :: IO ()',
    'main = do',
    `  held <- sequence [${tests.map((_, n) => `t${n}`).join(', ')}]`,
    '  putStrLn (show (length (filter id held)) <> " of " <> show (length held))',
  ];
  return { source: source.join('\n'), count: tests.length };
}

module.exports = { signatures };
