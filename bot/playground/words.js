// The page's own words. What Qingtuan says comes worded from the server, in the person's language.

const WORDS = {
  "zh-CN": {
    title: "青团 · 试一试",
    tagline: "左右两个人，各说各的，互相看得到结果",
    language: "English",
    panes: "两个聊天",
    persona: "换一个人",
    newer: "有新消息",
    attach: "发图片或文件",
    write: "写消息",
    send: "发送",
    chips: "常用的话",
    connecting: "正在连接",
    connected: "已连接",
    reconnecting: "重连中",
    waiting: "正在发送",
    arrived: "已送达",
    retrying: "还没送到，正在重试",
    failed: "没有发出去",
    tooLarge: "太大了，文件最多 5 MB",
    location: "发送我的位置",
    noLocation: "拿不到位置，可能没有允许",
    download: "下载",
    today: "今天",
    empty: "还没有消息。点下面的词，或者直接说。",
    loading: "正在打开",
    visitor: "访客",
    notRegistered: "还没有加入",
    officer: "团委干部",
    secretary: "团支书",
    organiser: "活动负责人",
    auditor: "审计",
    member: "成员",
    joinHint: "用邀请加入",
    newVisitor: "再来一位访客",
    placeholder: "说点什么",
    logPlaceholder: "补录 昨天下午两点到四点社区清扫",
    joinPlaceholder: "点“用邀请加入”，或直接说",
  },
  en: {
    title: "Qingtuan · try it",
    tagline: "Two people side by side: each sees what the other causes",
    language: "中文",
    panes: "The two chats",
    persona: "Be somebody else",
    newer: "New messages",
    attach: "Send a picture or a file",
    write: "Write a message",
    send: "Send",
    chips: "Usual words",
    connecting: "Connecting",
    connected: "Connected",
    reconnecting: "Reconnecting",
    waiting: "Sending",
    arrived: "Delivered",
    retrying: "Not there yet, trying again",
    failed: "Not sent",
    tooLarge: "Too large: files have at most 5 MB",
    location: "Send my location",
    noLocation: "No location: perhaps it is not allowed",
    download: "Download",
    today: "Today",
    empty: "Nothing yet. Tap a word below, or just write.",
    loading: "Opening",
    visitor: "Visitor",
    notRegistered: "Not registered",
    officer: "League officer",
    secretary: "Branch secretary",
    organiser: "Organiser",
    auditor: "Auditor",
    member: "Member",
    joinHint: "Join by invite",
    newVisitor: "One more visitor",
    placeholder: "Say something",
    logPlaceholder: "/log yesterday 2pm to 4pm cleaning",
    joinPlaceholder: "Tap “Join by invite”, or just write",
  },
};

// Per role: what is said (a word of the command, in Chinese or in English) at one tap.
const SAY = {
  help: ["帮助", "/help"],
  start: ["开始", "/start"],
  hours: ["时长", "/hours"],
  log: ["补录", "/log"],
  me: ["我的", "/me"],
  privacy: ["隐私", "/privacy"],
  review: ["审批", "/review"],
  members: ["名单", "/members"],
  import: ["导入", "/import"],
  invite: ["邀请", "/invite"],
  units: ["组织", "/units"],
  roles: ["任职", "/roles"],
};
const LABEL = {
  help: "Help",
  start: "Start",
  hours: "Hours",
  log: "Log hours",
  me: "Me",
  privacy: "Privacy",
  review: "Review",
  members: "Members",
  import: "Import",
  invite: "Invite",
  units: "Units",
  roles: "Roles",
};
const FITTING = {
  visitor: ["start", "privacy", "help"],
  member: ["hours", "log", "me", "help"],
  organiser: ["hours", "log", "me", "help"],
  auditor: ["members", "units", "me", "help"],
  secretary: ["review", "members", "import", "invite", "hours", "help"],
  officer: ["review", "units", "roles", "members", "help"],
};

const STORED = "qingtuan.language";
let current = "zh-CN";

/** Remember and read what this browser chose; without storage the page still works. */
export function kept(name, value) {
  try {
    if (value !== undefined) localStorage.setItem(name, value);
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function language() {
  return current;
}

export function setLanguage(wanted) {
  current = WORDS[wanted] ? wanted : "zh-CN";
  kept(STORED, current);
  document.documentElement.lang = current;
}

export function storedLanguage() {
  return kept(STORED) ?? "zh-CN";
}

export function word(name) {
  return WORDS[current][name] ?? name;
}

/** Put the page's words where `data-word` asks for them. */
export function fill(root) {
  for (const element of root.querySelectorAll("[data-word]")) {
    element.textContent = word(element.dataset.word);
  }
}

/** The chips of a persona: what is shown and what is then said, in the person's own language. */
export function chips(persona) {
  const english = persona.language === "en";
  const found = (FITTING[persona.role] ?? FITTING.member).map((name) => ({
    label: english ? LABEL[name] : SAY[name][0],
    text: SAY[name][english ? 1 : 0],
  }));
  if (persona.hint) found.unshift({ label: word("joinHint"), text: persona.hint, first: true });
  return found;
}

/** What one might write, in the language in which this person is understood. */
export function placeholder(persona) {
  const words = WORDS[persona.language] ?? WORDS["zh-CN"];
  if (persona.role === "visitor") return persona.hint ? words.joinPlaceholder : words.placeholder;
  return persona.role === "member" ? words.logPlaceholder : words.placeholder;
}
