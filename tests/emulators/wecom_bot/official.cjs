// The official client, made to do everything it can: it says on standard output what it sees.
// node official.cjs FOLDER-OF-node_modules WS-URL BOT SECRET

const [, , folder, wsUrl, botId, secret] = process.argv
const sdk = require(require.resolve('@wecom/aibot-node-sdk', { paths: [folder] }))
const { WSClient, generateReqId } = sdk.default ?? sdk
const Client = WSClient ?? sdk.WSClient
const newId = generateReqId ?? sdk.generateReqId

const say = (what, more = {}) => console.log(JSON.stringify({ what, ...more }))
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const client = new Client({
  botId, secret, wsUrl, logger: silent,
  heartbeatInterval: 200, reconnectInterval: 50, maxReconnectAttempts: -1,
})

const card = (taskId, title) => ({
  card_type: 'button_interaction',
  main_title: { title },
  button_list: [{ text: '好', key: 'yes', style: 1 }, { text: '不', key: 'no', style: 2 }],
  task_id: taskId,
})

const answers = {
  async stream(frame) {
    const id = newId('stream')
    await client.replyStream(frame, id, '正在', false)
    await client.replyStream(frame, id, '正在想，好了', true)
  },
  async card(frame) { await client.replyTemplateCard(frame, card(`t-${Date.now()}`, '选吧')) },
  async twice(frame) {
    await client.replyTemplateCard(frame, card('same', '一'))
    await client.replyTemplateCard(frame, card('same', '二'))
  },
  async push(frame) {
    const userid = frame.body.from.userid
    await client.sendMessage(userid, { msgtype: 'markdown', markdown: { content: '通知' } })
  },
  async cold() {
    await client.sendMessage('nobody', { msgtype: 'markdown', markdown: { content: '通知' } })
  },
  async long(frame) { await client.replyStream(frame, newId('stream'), '字'.repeat(7000), true) },
  async media(frame) {
    const content = Buffer.alloc(700 * 1024, 'ab')
    const made = await client.uploadMedia(content, { type: 'file', filename: '名单.csv' })
    await client.replyMedia(frame, 'file', made.media_id)
  },
}

async function tried(what, work) {
  try {
    await work()
    say('did', { name: what })
  } catch (error) {
    say('failed', { name: what, code: error.errcode ?? null, words: String(error.message ?? error) })
  }
}

client.on('authenticated', () => say('authenticated'))
client.on('disconnected', () => say('disconnected'))
client.on('event.disconnected_event', () => say('kicked'))
client.on('error', (error) => say('error', { words: String(error.message) }))
client.on('message.text', (frame) => {
  const text = frame.body.text.content
  say('text', { text, user: frame.body.from.userid, chat: frame.body.chatid ?? null })
  if (answers[text]) tried(text, () => answers[text](frame))
})
client.on('message.voice', (frame) => say('voice', { text: frame.body.voice.content }))
client.on('message.mixed', (frame) => say('mixed', { items: frame.body.mixed.msg_item.length }))
for (const kind of ['image', 'file', 'video']) {
  client.on(`message.${kind}`, (frame) => tried(kind, async () => {
    const held = frame.body[kind]
    const { buffer, filename } = await client.downloadFile(held.url, held.aeskey)
    say('file', { bytes: buffer.toString('base64'), name: filename ?? null })
  }))
}
client.on('event.enter_chat', (frame) => tried('welcome', () =>
  client.replyWelcome(frame, { msgtype: 'text', text: { content: '你好' } })))
client.on('event.template_card_event', (frame) => {
  const { event_key: key, task_id: task } = frame.body.event.template_card_event
  say('pressed', { key, task })
  tried('update', () => client.updateTemplateCard(frame, card(task, '改好了')))
})
client.on('event.feedback_event', () => say('feedback'))
client.connect()
