// Load hooks for a thread of their own: `module.register`. What GHC refuses is thrown by the module that is made here, when it
// runs: on the importer's thread, where it is a CompileError.
import { fileURLToPath } from 'node:url';
import compile from '../import/compile.js';
import project from '../import/project.js';
import standing from './stand-in.js';

export async function load(url, context, nextLoad) {
  if (!project.isHaskellUrl(url)) {
    return nextLoad(url, context);
  }
  const { names } = await compile.compileFileAsync(fileURLToPath(project.withoutQuery(url)));
  return standing.standIn(url, names);
}
