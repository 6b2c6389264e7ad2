import { runService } from '@berth/runtime';
import { startHttpServer, pathExpression, sendJson } from './index.ts';
const N='[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*';
const r=(id:string,method:any,pattern:string)=>({id,method,pattern,expression:pathExpression(pattern,{name:N}),action:'pull',handle:async(x:any)=>{x.response.writeHead(200,{'Content-Type':'application/vnd.oci.image.manifest.v1+json','Content-Length':body.length,'Docker-Content-Digest':'sha256:ab',ETag:'"x"'});x.response.end(body)}});
const body=Buffer.alloc(1000,97);
await runService('bench', async (life)=>{
 const s=await startHttpServer({host:'127.0.0.1',port:Number(process.argv[2]),life,trustedProxies:['127.0.0.1'],renderError:()=>({status:500,body:{}}),authorize:async()=>'x',
 routes:[r('a','GET','/v2/{name}/blobs/uploads/{id}'),r('b','GET','/v2/{name}/blobs/{digest}'),r('c','GET','/v2/{name}/tags/list'),r('d','GET','/v2/{name}/manifests/{reference}'),r('e','PUT','/v2/{name}/manifests/{reference}')]});
});
