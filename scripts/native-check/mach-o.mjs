/**
 * The undefined symbols of a Mach-O object. Layout: <mach-o/loader.h> and <mach-o/nlist.h>, 64-bit little-endian.
 * @param {Uint8Array} bytes
 * @returns {{ name: string, weak: boolean }[]}
 */
export function undefinedSymbols(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== 0xfeedfacf) throw new Error('This is no 64-bit Mach-O object.');
  const table = symbolTable(view);
  const symbols = [];
  for (let index = 0; index < table.count; index++) {
    const at = table.offset + index * 16;
    const type = view.getUint8(at + 4);
    // N_STAB: for debuggers. N_TYPE 0 with N_EXT: defined elsewhere.
    if ((type & 0xe0) !== 0 || (type & 0x0f) !== 0x01) continue;
    const weakReference = 0x0040;
    symbols.push({
      name: textAt(bytes, table.strings + view.getUint32(at, true)),
      weak: (view.getUint16(at + 6, true) & weakReference) !== 0,
    });
  }
  return symbols;
}

/** @param {DataView} view */
function symbolTable(view) {
  const commands = view.getUint32(16, true);
  let at = 32;
  for (let index = 0; index < commands; index++) {
    // LC_SYMTAB
    if (view.getUint32(at, true) === 2)
      return {
        offset: view.getUint32(at + 8, true),
        count: view.getUint32(at + 12, true),
        strings: view.getUint32(at + 16, true),
      };
    at += view.getUint32(at + 4, true);
  }
  return { offset: 0, count: 0, strings: 0 };
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 */
function textAt(bytes, start) {
  return Buffer.from(bytes.subarray(start, bytes.indexOf(0, start))).toString('latin1');
}
