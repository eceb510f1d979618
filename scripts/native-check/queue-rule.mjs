/**
 * The queue rule, as far as the text of the addon shows it: only queue.mm names a queue, and every function that
 * JavaScript can call begins with the helper that checks the thread and catches what is thrown.
 * @param {string} name of the file
 * @param {string} source
 * @returns {string[]} what is wrong
 */
export function queueProblems(name, source) {
  const problems = [];
  const code = source.replaceAll(/\/\/.*$/gm, '');
  if (name !== 'queue.mm')
    for (const [call] of code.matchAll(/\bdispatch_(?!block_t\b)\w+/g))
      problems.push(`${name} calls ${call}, which only queue.mm may`);
  for (const [, method, body] of code.matchAll(/Napi::Value (\w+)\(Info info\) \{\s*([^]*?)\n {0,2}\}/g))
    if (!/^return (Guarded|Promised|Do)\(/.test(body ?? ''))
      problems.push(`${method} in ${name} is called by JavaScript without Guarded, Promised or Do`);
  return problems;
}
