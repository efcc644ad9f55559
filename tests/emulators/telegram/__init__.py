"""The Telegram Bot API in a process of its own, with the rules of the real server.

Start: `python -m tests.emulators.telegram LOG [--port N] [--free] [--quiet]`. It prints one line,
{"port": N}, when it listens on 127.0.0.1. `--free` switches the rate limits off, `--quiet` logs
counts once a second instead of a line per call; both are for benchmarks. In tests: the fixture
`telegram` of fixtures.py is a client.Telegram; hook.py is a webhook that answers as told.
LOG gets JSON lines, each before anybody is answered: "what" is call (method, status, args, and
where a message came out of it chat and message), update, handed (getUpdates), webhook (update,
status, attempt; status 0: no answer), violation (kind bulk, chat, group or early), fault, expired,
standing, download, unauthorized, unanswered, reset, broken (the emulator itself failed).

Bot side: /bot<TOKEN>/METHOD and /file/bot<TOKEN>/PATH; the valid token is network.TOKEN. Methods:
getMe getUpdates setWebhook deleteWebhook getWebhookInfo sendMessage sendPhoto sendDocument
sendLocation sendChatAction editMessageText editMessageCaption editMessageReplyMarkup deleteMessage
answerCallbackQuery getFile set/get/deleteMyCommands, set/get of MyDescription and
MyShortDescription, getChat getChatMember leaveChat. parse_mode: HTML only. A URL is never fetched.

A user whom nobody saw: 400 chat not found. One seen in a group only: 403 can't initiate. After
`say` or `users` he can be written to. A chat sent an update in the last 60 s, or its message is
bulk (30 a second over all); one private chat 1 a second with bursts of 4; one group 20 a minute.
In groups privacy mode is on: the bot sees commands, replies to it and service messages.

Control door: POST /control/NAME with a JSON body (GET with a query works too). 400 {"error"} says
what was wrong. Everything that a user does answers {"update_id" (null: the bot does not see it),
"message_id", "change"}; `change` counts every change of any message and is good for `wait`.

say         user, text [chat, date, forward, sender_chat, via_bot, language_code, name, reply_to]
            forward: true, a user's id, or the name of somebody hidden; reply_to: a message's id
photo       user [bytes (base64), caption, file_name, album, ... as say]; answers file_id too
document    user [bytes, file_name, mime_type, caption, ...]; answers file_id too
location    user, latitude, longitude [horizontal_accuracy, live, live_period, heading, venue, ...]
contact     user, phone [of (another user's id; 0: nobody on Telegram), first_name, ...]
edit        user, message_id [chat, text, latitude, longitude, date]
press       user, label or data [chat, message_id, date]; without message_id the last message with
            that button; answers query. data may be stale or made up
group       user, chat (negative) [title, supergroup]: a new group with the bot in it
member      user, action: block, unblock, deactivate (no update, unless `tell`); with chat: add,
            kick (remove), leave, promote, demote the bot; join, part, admin, owner for the user
migrate     chat, to [user, silent]: a group becomes a supergroup (silent: no service messages)
behave      method (default every one; "file": downloads) [chat, times=1, status, description,
            retry_after, migrate_to_chat_id, hang (s), reset (do it, then RST; with a status: RST
            only), deliver (do it, then answer the fault), raw (a body that is no JSON),
            probability, seed, clear]
            After a retry_after an earlier send to that chat is a violation, and refused.
limits      on
settings    any of network.SETTINGS: retry_scale, message_seconds, callback_seconds, answer_seconds,
            webhook_timeout, keep, privacy; answers all
revoke      [token]: no longer valid; without it no token is
token       token or tokens: exactly these are valid
next_update_id  id: of the next update; may be lower than before
redeliver   update_id: send it again
users       count [first=1000000]: these wrote to the bot once, long ago
batch       users [per_user, text ("{n}": the number of the message), age_seconds, first_user]: a
            backlog, made when it is fetched; answers first_user, first_update, count
reset       everything as at the start, also the webhook; the log stays
state       calls {method: {status: n}}, violations, pending (not confirmed), expired, webhook
            {status: n}, in_flight, polling, webhook_info, commands, words, next_update_id, change
chat        chat [all]: messages as a user sees them now (message_id, text, caption, buttons,
            keyboard, markup, edits, photo, document, location, change, from, bot, ...), status
wait        chat [after (message_id), since (change), n=1, seconds=5]: until n messages of the bot
            are there; answers messages, complete
news        [since (change)]: messages of the bot that are new or changed, by chat; change
quiet       [seconds=10]: waits until nothing is pending; answers quiet
answer      query [seconds=5]: until a press is answered; answers answers [{text, show_alert, url}]
file        file_id: answers bytes (base64), name, type

Webhook, as the official server: one update in flight per chat, and per user for presses; queues in
parallel over kept-alive connections, at most 10 new ones in half a second; again at once, then
after 2, 4, 8 s ... (times retry_scale), or as the bot's Retry-After says. A JSON, form or multipart
body with `method` in the bot's answer is done as a call; its result is lost.
"""
