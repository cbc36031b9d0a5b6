// Checks an AsyncAPI document by AsyncAPI's own parser, and messages by the document.
//
//     node check.mjs FOLDER DOCUMENT < MESSAGES
//
// FOLDER has the packages; MESSAGES are lines of JSON, [topic, payload]. Says what is wrong as lines, and
// then as JSON how many messages each channel had.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [folder, file] = process.argv.slice(2);
const require = createRequire(resolve(folder, 'package.json'));
const { Parser } = require('@asyncapi/parser');
const Ajv = require('ajv');

const ERROR = 0;
const WARNING = 1;

/** A topic with parameters as an expression that takes only values that the document allows. */
function expression(channel) {
  const pattern = channel.address().replace(/\{(\w+)\}/g, (_, name) => {
    const allowed = channel.parameters().get(name).json().enum;
    return allowed ? `(?:${allowed.join('|')})` : '[a-z0-9_-]+';
  });
  return new RegExp(`^${pattern}$`);
}

const { document, diagnostics } = await new Parser().parse(readFileSync(file, 'utf8'));
const problems = diagnostics
  .filter(({ severity }) => severity === ERROR || severity === WARNING)
  .map(({ path, message }) => `document: ${path.join('.')}: ${message}`);

const counts = {};
if (document) {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false, allErrors: true });
  // The parser's own marks.
  ajv.addVocabulary(['x-parser-schema-id', 'x-parser-unique-object-id']);
  const channels = document.allChannels().all().map((channel) => {
    const [message] = channel.messages().all();
    const valid = ajv.compile(message.payload().json());
    for (const example of message.examples().all()) {
      if (!valid(example.payload())) {
        problems.push(`${channel.id()}: its example: ${ajv.errorsText(valid.errors)}`);
      }
    }
    return { id: channel.id(), topic: expression(channel), valid };
  });
  for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
    const [topic, payload] = JSON.parse(line);
    const channel = channels.find((known) => known.topic.test(topic));
    if (!channel) {
      problems.push(`${topic}: no such channel`);
    } else {
      counts[channel.id] = (counts[channel.id] ?? 0) + 1;
      if (!channel.valid(payload)) {
        problems.push(`${topic}: ${ajv.errorsText(channel.valid.errors)}: ${JSON.stringify(payload)}`);
      }
    }
  }
}
for (const problem of problems) console.log(problem);
console.log(JSON.stringify(counts));
