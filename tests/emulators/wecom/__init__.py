"""WeCom's server side, qyapi.weixin.qq.com, in a process of its own with the real limits.

Start: `python -m tests.emulators.wecom LOG [--port N] [--free] [--latency SECONDS]`. It prints one
line, {"port": N}, when it listens on 127.0.0.1. `--free` switches the limits off. In tests:
qyapi_client.Process and qyapi_client.Wecom. LOG gets JSON lines, each before anybody is answered:
"what" is call (path, errcode, args without secrets), delivered (msgid, users), duplicate (a request
that the duplicate check dropped), violation (kind: dropped, a message to a member over 30 a minute
or 1,000 an hour; blocked, a call while its API is closed; quota, a call after the day's quota;
secret; cut, a text or a group's name too long; unseen, a kind that the WeChat plugin does not show
to a member of whom the app knows to read there; hook; chats created, changed, told), fault, reset,
broken (the emulator itself failed).

The API is under /cgi-bin/: gettoken, message/send, message/update_template_card, message/recall,
media/upload, media/get, menu/create, menu/get, menu/delete, department/simplelist, department/list,
department/get, user/simplelist, user/get, user/list_id, appchat/create, appchat/get,
appchat/update, appchat/send, webhook/send, getcallbackip. One corp with one app: CORP, AGENT,
SECRET and CONTACTS (the contact sync's secret) of qyapi_corp.py. Its clock can be put forward.

Control door: POST /control/NAME with a JSON body. 400 {"error"} says what was wrong.

member      user [name, departments, status (1, 2, 4, 5), visible, licensed, plugin, to (a new id)]
members     count [prefix="m"]: prefix0, prefix1, ...
department  id [name, parentid, order]
behave      path (default every one) [user, times=1, errcode, errmsg, status, raw (no JSON), hang
            (s), reset (RST; with no other answer the call is done first), deliver (do it, then
            answer the fault), probability, seed, clear]; a 45009 closes the API for 60 s
settings    any of qyapi_corp.SETTINGS: accounts, api_per_minute, member_per_minute,
            member_per_hour, token_seconds, callback, trusted, literal_duplicates, latency,
            root (0: no groups of the app), chat_taken (what appchat/create says of a used id)
limits      on
clock       forward (s) or at (seconds since 1970)
tokens      [code=40014|42001, for_ever]: what was given out is no longer valid; clear: it is again
secret      secret: the app has another one
chat        user: what the member sees now: type, content, card, buttons that can be pressed, grey
            (the words of buttons that cannot), recalled
chats       users: the same of several, by user
press       user, label or key [task, options: {question_key or "*": [ids or texts]}]: the fields of
            the template_card_event, with a fresh ResponseCode; posting it is the caller's business.
            With a task the key may be one that its card does not have any more
hand        name, bytes (base64): a file that a member is about to send; answers media_id
wait        user [n=1, since (change), seconds=10]: answers messages, complete, change
media       media_id: name, type, bytes (hex)
group       chatid: name, owner, userlist and messages of a group of the app
dissolve    chatid: its owner dissolves it; the id is not free again
state       calls {path: {errcode: n}}, violations, gettoken, tokens, menu, change, hooks, chats,
            person_times (of today)
reset       everything as at the start; the log stays
"""
