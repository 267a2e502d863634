// Runs inside the sandboxed frame. It has no origin, so it can name none: the page checks by source who speaks.
(() => {
  const CKEDITOR = window.CKEDITOR;
  const tell = (message) => parent.postMessage(message, "*");

  CKEDITOR.disableAutoInline = true;
  const editor = CKEDITOR.inline("editor", {
    customConfig: "",
    stylesSet: false,
    contentsCss: [],
    startupFocus: false,
    versionCheck: false,
    // These open frames of their own, upload, or ask another host; in a sandbox none of it can work.
    removePlugins: "stylescombo,format,image,filebrowser,uploadimage,scayt,wsc,contextmenu,tabletools,tableselection,about,maximize,sourcearea,liststyle",
    removeDialogTabs: "link:upload;link:advanced;link:target",
    allowedContent: "p br strong b em i u s ul ol li blockquote h2 h3 hr; a[!href,title]",
    toolbar: [
      { name: "text", items: ["Bold", "Italic", "Strike", "RemoveFormat"] },
      { name: "blocks", items: ["NumberedList", "BulletedList", "Blockquote"] },
      { name: "links", items: ["Link", "Unlink"] },
      { name: "history", items: ["Undo", "Redo"] },
    ],
  });

  editor.on("instanceReady", () => tell({ type: "editor:ready" }));
  editor.on("change", () => tell({ type: "editor:change", html: editor.getData() }));
  addEventListener("message", (event) => {
    if (event.source !== parent || event.data?.type !== "editor:set") return;
    editor.setData(String(event.data.html), { noSnapshot: true });
  });
})();
