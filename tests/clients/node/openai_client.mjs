// OpenAI's client for node: both interfaces, structured output, errors, and a stream that is left.
//
//     node tests/clients/openai_client.mjs http://127.0.0.1:8400/v1
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";

import { Advice, ENDLESS, LIMIT, QUESTION, TOO_HOT, TOO_LONG, UNKNOWN, answer, errorOf, report } from "./contract.mjs";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "none", maxRetries: 0 });
const messages = [{ role: "user", content: QUESTION }];
const noted = {};

// Everything that a client may send without asking for anything.
const many = {
  frequency_penalty: 0, presence_penalty: 0, n: 1, logit_bias: {}, logprobs: false, top_p: 1, seed: 7, stop: null,
  parallel_tool_calls: true, tool_choice: "auto", tools: [], response_format: { type: "text" }, modalities: ["text"],
  user: "someone", metadata: { a: "b" }, store: false, service_tier: "auto", reasoning_effort: "none", verbosity: "medium",
  safety_identifier: "someone", prompt_cache_key: "one", prompt_cache_options: { mode: "implicit" }, audio: null, prediction: null,
};

for (const [name, more] of [["chat", many]]) {
  const stream = client.chat.completions.stream({
    model: "skeleton", messages, max_completion_tokens: LIMIT, stream_options: { include_usage: true, include_obfuscation: false }, ...more,
  });
  let pieces = 0, text = "";
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta?.content;
    if (piece) { pieces += 1; text += piece; }
  }
  const whole = await stream.finalChatCompletion();
  noted[`${name} stream`] = answer(text, whole.usage.completion_tokens, pieces, whole.choices[0].message.content);
}
const whole = await client.chat.completions.create({ model: "gpt-4o", messages, max_tokens: LIMIT });
noted["alias whole"] = answer(whole.choices[0].message.content, whole.usage.completion_tokens);
const parsed = await client.chat.completions.parse({
  model: "fields", messages, response_format: zodResponseFormat(Advice, "advice"),
});
noted["chat fields"] = parsed.choices[0].message.parsed;
noted["tools refused"] = await errorOf(client.chat.completions.create({
  model: "auto", messages, tools: [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }],
}));

for (const [name, more] of [
  ["responses", {
    instructions: null, top_p: 1, truncation: "disabled", parallel_tool_calls: true, tools: [], tool_choice: "auto",
    store: true, metadata: {}, user: "someone", service_tier: "auto", include: ["reasoning.encrypted_content"], top_logprobs: 0,
    text: { format: { type: "text" }, verbosity: "medium" }, reasoning: { effort: "none", summary: "auto" },
    background: false, previous_response_id: null, conversation: null, prompt: null, prompt_cache_options: { mode: "implicit" },
  }],
]) {
  const stream = client.responses.stream({ model: "skeleton", input: QUESTION, max_output_tokens: LIMIT, ...more });
  let pieces = 0, text = "";
  for await (const event of stream) {
    if (event.type === "response.output_text.delta") { pieces += 1; text += event.delta; }
  }
  const response = await stream.finalResponse();
  noted[`${name} stream`] = answer(text, response.usage.output_tokens, pieces, response.output_text);
}
const response = await client.responses.parse({
  model: "fields", input: QUESTION, text: { format: zodTextFormat(Advice, "advice") },
});
noted["responses fields"] = response.output_parsed;

const long = [{ role: "user", content: TOO_LONG }];
noted["chat unknown"] = await errorOf(client.chat.completions.create({ model: UNKNOWN, messages, stream: true }));
noted["chat value"] = await errorOf(client.chat.completions.create({ model: "skeleton", messages, temperature: TOO_HOT }));
noted["chat long"] = await errorOf(client.chat.completions.create({ model: "skeleton", messages: long, stream: true }));
noted["responses unknown"] = await errorOf(client.responses.create({ model: UNKNOWN, input: QUESTION }));
noted["responses value"] = await errorOf(client.responses.create({ model: "skeleton", input: QUESTION, temperature: TOO_HOT }));
noted["responses long"] = await errorOf(client.responses.create({ model: "skeleton", input: TOO_LONG }));
const elsewhere = new OpenAI({ baseURL: process.argv[2].replace(/v1$/, ""), apiKey: "none", maxRetries: 0 });
noted["without v1"] = await errorOf(elsewhere.chat.completions.create({ model: "auto", messages }));
const slash = new OpenAI({ baseURL: `${process.argv[2]}/`, apiKey: "none", maxRetries: 0 });
noted["slash"] = (await slash.models.list()).data.map((model) => model.id);

const left = await client.chat.completions.create({ model: "normal", messages, stream: true, ...ENDLESS });
for await (const chunk of left) if (chunk.choices[0]?.delta?.content) break;
noted["left"] = true;
report(noted);
