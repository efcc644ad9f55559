"""The gateway of the WeCom bot in a process of its own: the long connection, with its rules.

Start: `python -m tests.emulators.wecom_bot LOG [--port N]`. It prints {"port": N} when it listens
on 127.0.0.1. The bot connects to ws://127.0.0.1:N/ with gateway.BOT and gateway.SECRET. In tests:
client.Gateway, and the fixtures of fixtures.py. LOG gets JSON lines, each before anybody is
answered: "what" is opened, closed (how), subscribed, refused, kicked, callback, frame (cmd, code),
violation (kind), ping, reset.

Enforced: one connection per bot (a new subscription sends `disconnected_event` to the old one and
closes it); at most SETTINGS["subscribes"] subscriptions in 10 s; silent connections are dropped;
nothing but a subscription before it is taken (846609); a callback may be answered for 24 h, a
welcome and an update for 5 s and once, a stream for 6 minutes after its first frame; 30 frames a
minute and 1,000 an hour per conversation (45009); no message where nobody has written (93006);
20,480 bytes of text (45002); task ids of [0-9A-Za-z_@-], at most 128 bytes and never again (42014);
1 to 6 buttons (42042); uploads of at most 100 chunks of 512 KiB (40007) whose md5 fits. Codes that
WeCom does not document (846xxx, 93006) are those that people report; their meaning is the fake's.

Control door: POST /control/NAME with a JSON body; 400 {"error"} says what was wrong.

say      user, text [chat, msgid, kind (text, voice, mixed, image, file, video), bytes (base64)
         or size, name, quote, at, hold (sent only by `release`)]: answers msgid
enter    user [msgid]: opens the single chat; press: user, label or key [chat, task, msgid]
event    user, event [body]: any other event
release  [reverse]: what was held, in order or the other way round
again    msgid: the same callback once more
look     chat: messages {kind, text, title, buttons, task, by (respond, push, welcome), edits,
         request, finished, frames, media}, and change
news     [since (a change)]: what is new or changed in all chats, each with its number there
written  users: they wrote to the bot once, long ago
wait     chat [since (a change), n=1, seconds=5]: until n messages of the bot are newer
end      how: close [code], abort, kick: what happens to the connection
behave   [refuse (subscriptions: a code), mute (no answer to pings), silent (no answer to anything),
         stall (a new connection is not answered), lose_answers (n frames are done, not answered),
         code, times (the next frames are answered with a code)]
settings any of gateway.SETTINGS
state    connected, connections, subscribes, violations, callbacks, change, cold
reset    everything as at the start; the log stays
"""
