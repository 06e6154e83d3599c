// Writes parquet/: small Parquet files as DuckDB writes them. Run in this folder:
//   npm install --no-save @duckdb/node-api && node parquet.mjs
import { mkdirSync } from 'node:fs';
import { deflateSync, crc32 } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';

// A PNG of one color, 4 x 4.
function png(red, green, blue) {
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const number = (value) => { const b = Buffer.alloc(4); b.writeUInt32BE(value >>> 0); return b; };
    return Buffer.concat([number(data.length), body, number(crc32(body))]);
  };
  const row = Buffer.from([0, ...Array(4).fill([red, green, blue]).flat()]);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', Buffer.from([0, 0, 0, 4, 0, 0, 0, 4, 8, 2, 0, 0, 0])),
    chunk('IDAT', deflateSync(Buffer.concat(Array(4).fill(row)))), chunk('IEND', Buffer.alloc(0))]);
}

const blob = (color) => `from_hex('${png(...color).toString('hex')}')`;
const connection = await (await DuckDBInstance.create()).connect();
mkdirSync('parquet', { recursive: true });
const write = (name, rows, options = '') =>
  connection.run(`COPY (${rows.join(' UNION ALL ')}) TO 'parquet/${name}.parquet' (FORMAT parquet${options})`);

// As Hugging Face stores photos: {bytes, path}, a list of captions, a split.
await write('images', [
  `SELECT {'bytes': ${blob([200, 10, 10])}, 'path': 'red.png'} AS image, ['a red square', 'it is red'] AS caption, 'train' AS split, 1 AS n`,
  `SELECT {'bytes': ${blob([10, 200, 10])}, 'path': NULL}, ['a green square'], 'validation', 2`,
  `SELECT {'bytes': ${blob([10, 10, 200])}, 'path': 'blue.png'}, ['a blue square'], 'test', 3`,
  `SELECT {'bytes': ${blob([0, 0, 0])}, 'path': 'black.png'}, NULL, 'train', 4`,
  `SELECT NULL, ['nothing'], 'train', 5`], ', COMPRESSION zstd');
// Paths, and numbered columns.
await write('paths', [
  `SELECT 'a.png' AS file_name, 'a dog' AS caption_0, 'the dog' AS caption_1`,
  `SELECT 'b.png', 'a cat é', NULL`, `SELECT 'c.png', 'a cow', 'the cow'`], ', COMPRESSION snappy');
// Bytes without a path, and several row groups.
await connection.run(`COPY (SELECT ${blob([1, 2, 3])} AS photo, 'square number ' || range AS text FROM range(5000)) TO 'parquet/bytes.parquet' (FORMAT parquet, ROW_GROUP_SIZE 2048, COMPRESSION zstd)`);
