// Vercel's AI SDK: @ai-sdk/openai-compatible (chat completions) and @ai-sdk/openai (the Responses API).
//
//     node tests/clients/node/ai_sdk.mjs http://127.0.0.1:8400/v1
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { Output, generateText, streamText } from "ai";

import { Advice, ENDLESS, LIMIT, QUESTION, TOO_HOT, TOO_LONG, UNKNOWN, answer, errorOf, report } from "./contract.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;
const noted = {};
const given = { baseURL: process.argv[2], apiKey: "none" };
const compatible = createOpenAICompatible({
  ...given, name: "sot", includeUsage: true, supportsStructuredOutputs: true,
});
const openai = createOpenAI(given);
const usual = { prompt: QUESTION, maxOutputTokens: LIMIT, maxRetries: 0 };

for (const [name, provider] of [["chat", compatible], ["responses", openai]]) {
  const result = streamText({ ...usual, model: provider("skeleton") });
  let pieces = 0, text = "";
  for await (const piece of result.textStream) { pieces += 1; text += piece; }
  noted[`${name} stream`] = answer(text, (await result.usage).outputTokens, pieces, await result.text);

  const structured = await generateText({
    ...usual, model: provider("fields"), output: Output.object({ schema: Advice }),
  });
  noted[`${name} fields`] = structured.output;
  noted[`${name} unknown`] = await errorOf(generateText({ ...usual, model: provider(UNKNOWN) }));
  noted[`${name} value`] = await errorOf(generateText({ ...usual, model: provider("skeleton"), temperature: TOO_HOT }));
  noted[`${name} long`] = await errorOf(generateText({ ...usual, model: provider("skeleton"), prompt: TOO_LONG }));
}
const whole = await generateText({ ...usual, model: compatible("gpt-4o") });
noted["alias whole"] = answer(whole.text, whole.usage.outputTokens);

const stop = new AbortController();
const endless = createOpenAICompatible({ ...given, name: "sot", transformRequestBody: (body) => ({ ...body, ...ENDLESS }) });
const left = streamText({ model: endless("normal"), prompt: QUESTION, abortSignal: stop.signal, maxRetries: 0 });
for await (const piece of left.textStream) if (piece) stop.abort();
noted["left"] = true;
report(noted);
