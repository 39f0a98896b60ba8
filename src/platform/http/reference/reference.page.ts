import { REST_PATH } from '../http-error';

/** Path of the page. Its files are below it. */
export const REFERENCE_PATH = `${REST_PATH}/docs`;

/** The reference of the REST interface. Its scripts and styles are files, because the content security policy forbids inline ones. */
export function toReferencePage(openApi: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="robots" content="noindex">
    <title>Device gateway · REST reference</title>
    <link rel="icon" href="${REFERENCE_PATH}/logo.svg" type="image/svg+xml">
    <link rel="stylesheet" href="${REFERENCE_PATH}/swagger-ui.css">
    <link rel="stylesheet" href="${REFERENCE_PATH}/reference.css">
    <script defer src="${REFERENCE_PATH}/config.js"></script>
    <script defer src="${REFERENCE_PATH}/swagger-ui.js"></script>
    <script defer src="${REFERENCE_PATH}/boot.js"></script>
  </head>
  <body>
    <header>
      <a class="home" href="/" title="Start page"><img src="${REFERENCE_PATH}/logo.svg" alt=""><span>Device gateway</span></a>
      <nav><a href="${openApi}">OpenAPI</a><a href="/graphql">GraphQL explorer</a></nav>
    </header>
    <main id="root"><p>Loading the reference…</p></main>
    <noscript>The reference needs JavaScript. <a href="${openApi}">The OpenAPI document</a> has the same content.</noscript>
  </body>
</html>
`;
}

/** Restricts the page to its own files. Swagger UI has its icons as data URLs. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
