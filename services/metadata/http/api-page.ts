import { hash } from 'node:crypto';
import type { OpenApiDocument, Operation } from '@berth/contracts';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code { font: 14px ui-monospace, monospace; }
h2 { margin-top: 2.5rem; }
nav a { margin-right: 1rem; }
details { border-top: 1px solid #8886; padding: .4rem 0; }
summary { cursor: pointer; }
summary code { display: inline-block; }
.method { min-width: 4.5rem; font-weight: 700; }
.role { float: right; opacity: .7; }
td { padding: .1rem 1rem .1rem 0; vertical-align: top; }
`;

/** A page for people: complete by itself, so that it may load nothing. */
export interface ApiPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

/** The operations of the API by tag: method, path, summary, role and parameters. */
export function apiPage(document: OpenApiDocument): ApiPage {
  const operations = operationsOf(document);
  const tags = document.tags
    .map(({ name, description }) => ({ name: String(name), description: String(description) }))
    .filter(({ name }) => operations.some(({ operation }) => operation.tags.includes(name)));
  const links = tags.map(({ name }) => `<a href="#${anchor(name)}">${escaped(name)}</a>`);
  const sections = tags.map(
    ({ name, description }) =>
      `<section id="${anchor(name)}"><h2>${escaped(name)}</h2><p>${prose(description)}</p>` +
      `${operations
        .filter(({ operation }) => operation.tags.includes(name))
        .map(view)
        .join('')}</section>`,
  );
  const title = `${document.info.title} ${document.info.version}`;
  return {
    html: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}: API</title><style>${STYLE}</style></head>
<body>
<h1>${escaped(title)}</h1>
<p>${prose(String(document.info.summary))}. As <a href="openapi.json">OpenAPI 3.1</a>.</p>
<nav>${links.join(' ')}</nav>
${sections.join('\n')}
</body>
</html>
`,
    contentSecurityPolicy: [
      "default-src 'none'",
      `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  };
}

interface Located {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

function operationsOf({ paths }: OpenApiDocument): Located[] {
  return Object.entries(paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

function view({ method, path, operation }: Located): string {
  const { operationId, summary, parameters, responses } = operation;
  const rows = [
    ...parameters.map(({ name, in: where, required, description = '' }) => [
      `<code>${escaped(name)}</code>`,
      `${where}${required ? ', required' : ''}`,
      prose(description),
    ]),
    ...(operation.requestBody ? [['body', 'required', 'JSON, see the OpenAPI document']] : []),
    ...Object.entries(responses).map(([status, { description }]) => [status, 'answer', prose(description)]),
  ];
  const table = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`);
  return (
    `<details id="${escaped(operationId)}"><summary><code class="method">${method}</code> <code>${escaped(path)}</code> ` +
    `<span class="role">${escaped(operation['x-berth-role'])}</span><br>${prose(summary)}</summary>` +
    `<table>${table.join('')}</table></details>`
  );
}

function anchor(tag: string): string {
  return tag.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/** Text with its \`code\` marked up. */
function prose(text: string): string {
  return escaped(text).replace(/`([^`]*)`/g, '<code>$1</code>');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
