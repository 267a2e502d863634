// Runs inside the sandboxed frame. It has no origin, so it can name none: the page checks by source who speaks.
(() => {
  const CKEDITOR = window.CKEDITOR;
  const tell = (message) => parent.postMessage(message, "*");

  CKEDITOR.disableAutoInline = true;
  const editor = CKEDITOR.inline("editor", {
    customConfig: "",
    language: document.documentElement.lang,
    stylesSet: false,
    contentsCss: [],
    startupFocus: false,
    versionCheck: false,
    // These open frames of their own, upload, or ask another host; in a sandbox none of it can work.
    removePlugins: "stylescombo,format,image,filebrowser,uploadimage,scayt,wsc,contextmenu,tabletools,tableselection,about,maximize,sourcearea,liststyle",
    removeDialogTabs: "link:upload;link:advanced;link:target",
    // What the server lets stay may be edited too; anything less would lose it without a word.
    allowedContent:
      "p br hr h2 h3 h4 strong b em i u s sub sup blockquote pre code ul ol li table thead tbody caption tr td; th[scope]; a[!href,title]; img[!src,alt,width,height]",
    toolbar: [
      { name: "text", items: ["Bold", "Italic", "Strike", "RemoveFormat"] },
      { name: "blocks", items: ["NumberedList", "BulletedList", "Blockquote"] },
      { name: "links", items: ["Link", "Unlink"] },
      { name: "history", items: ["Undo", "Redo"] },
    ],
  });

  // Only what a person changed is told: showing the text may tidy it up, and that is no change.
  let known = null;
  editor.on("instanceReady", () => tell({ type: "editor:ready" }));
  editor.on("change", () => {
    const html = editor.getData();
    if (known === null || html === known) return;
    known = html;
    tell({ type: "editor:change", html });
  });
  // Its dialogs need more room than the text.
  editor.on("dialogShow", () => tell({ type: "editor:room", wanted: true }));
  editor.on("dialogHide", () => tell({ type: "editor:room", wanted: false }));

  function show(html) {
    editor.setData(html, {
      noSnapshot: true,
      callback: () => {
        known = editor.getData();
        tell({ type: "editor:shown" });
      },
    });
  }

  // Where the cursor is; at the end where nobody has put it anywhere yet.
  function insert(attributes) {
    if (!visited) {
      const end = editor.createRange();
      end.moveToElementEditEnd(editor.editable());
      end.select();
    }
    editor.insertElement(editor.document.createElement("img", { attributes }));
  }

  let visited = false;
  let images = false;
  editor.on("focus", () => {
    visited = true;
  });
  addEventListener("message", (event) => {
    if (event.source !== parent) return;
    const { type, html, src, alt, width, height } = event.data ?? {};
    if (type === "editor:image") insert({ src: String(src), alt: String(alt), width: Number(width), height: Number(height) });
    if (type !== "editor:set") return;
    images = event.data.images === true;
    show(String(html));
  });

  // A picture that is pasted or dropped goes to the page, which can upload it. What has words beside it is text.
  const words = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent.trim();
  function pass(event) {
    const carried = event.clipboardData ?? event.dataTransfer;
    const file = [...(carried?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!images || !file || words(carried.getData("text/html"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    tell({ type: "editor:picture", file });
  }
  addEventListener("paste", pass, true);
  addEventListener("drop", pass, true);
})();
