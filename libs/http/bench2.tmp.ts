import express from 'express';

const body = Buffer.alloc(1000, 97);
const app = express();
app.disable('x-powered-by').disable('etag');
app.use((_q, s) => {
  s.writeHead(200, { 'Content-Length': body.length });
  s.end(body);
});
app.listen(Number(process.argv[2]), '127.0.0.1');
