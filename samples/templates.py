"""HTML around a page's text: five kinds of site, each with the clutter that real ones have, in seven languages."""
import html

# home, about, contact, cookie notice, accept, share, advertisement, related, comments, comment 1, comment 2, footer, newsletter
WORDS = {
    "en": ("Home", "About us", "Contact", "This site uses cookies to improve your visit. Read our cookie policy.", "Accept all",
           "Share this", "Advertisement: socks that last, now 20% off", "You may also like", "Comments", "Great read, thanks!",
           "Does anybody know if this works in winter too?", "All rights reserved. Privacy policy. Terms of use.", "Sign up for our newsletter"),
    "de": ("Startseite", "Über uns", "Kontakt", "Diese Seite verwendet Cookies. Mehr dazu in der Datenschutzerklärung.", "Alle akzeptieren",
           "Teilen", "Anzeige: Regenjacken jetzt reduziert", "Das könnte Sie auch interessieren", "Kommentare", "Schöner Beitrag, danke!",
           "Gilt das auch für den Süden?", "Alle Rechte vorbehalten. Impressum. Datenschutz.", "Newsletter abonnieren"),
    "fr": ("Accueil", "À propos", "Contact", "Ce site utilise des cookies pour améliorer votre visite.", "Tout accepter",
           "Partager", "Publicité : des bottes pour toute la famille", "À lire aussi", "Commentaires", "Merci pour cet article !",
           "Est-ce ouvert le lundi ?", "Tous droits réservés. Mentions légales.", "S'abonner à la lettre"),
    "es": ("Inicio", "Quiénes somos", "Contacto", "Este sitio utiliza cookies propias y de terceros.", "Aceptar todo",
           "Compartir", "Publicidad: sombreros de paja a mitad de precio", "También te puede interesar", "Comentarios", "¡Muy buen artículo!",
           "¿Y en invierno cómo se hace?", "Todos los derechos reservados. Aviso legal.", "Suscríbete al boletín"),
    "zh": ("首页", "关于我们", "联系方式", "本网站使用Cookie以改善您的浏览体验。", "全部接受", "分享到", "广告：春茶上市，全场八折", "相关阅读", "评论",
           "写得真好，谢谢！", "请问周末也开放吗？", "版权所有 隐私政策 使用条款", "订阅我们的通讯"),
    "ru": ("Главная", "О нас", "Контакты", "Этот сайт использует файлы cookie.", "Принять все", "Поделиться", "Реклама: валенки со скидкой",
           "Читайте также", "Комментарии", "Спасибо, очень интересно!", "А зимой это работает?", "Все права защищены. Политика конфиденциальности.",
           "Подписаться на рассылку"),
    "ja": ("ホーム", "このサイトについて", "お問い合わせ", "当サイトではクッキーを使用しています。", "すべて同意する", "シェアする", "広告：丈夫な長靴、今だけ二割引",
           "関連記事", "コメント", "とても参考になりました。", "冬でも大丈夫でしょうか。", "無断転載を禁じます。プライバシーポリシー。", "メールマガジンに登録"),
}
RELATED = {
    "en": ["Ten quiet walks by the water", "What the frost left behind", "A kettle worth mending", "Letters from the reading room"],
    "de": ["Fünf stille Wege am Fluss", "Was der Frost übrig ließ", "Der alte Wasserkessel"],
    "fr": ["Cinq promenades au bord de l'eau", "Ce que le gel a laissé", "La vieille bouilloire"],
    "es": ["Cinco paseos junto al río", "Lo que dejó la helada", "La vieja tetera"],
    "zh": ["河边的五条小路", "霜后的菜园", "修一把旧水壶"],
    "ru": ["Пять тихих прогулок у воды", "Что оставил мороз", "Старый чайник"],
    "ja": ["川沿いの静かな散歩道", "霜のあとの畑", "古いやかんを直す"],
}


def render(page):
    words = dict(zip(("home", "about", "contact", "cookies", "accept", "share", "advert", "related", "comments", "comment1", "comment2",
                      "footer", "newsletter"), WORDS.get(page["language"], WORDS["en"])))
    return globals()[page["template"]](page, words)


def body(page, item="li"):
    """Paragraphs; `## ` begins a heading, lines that begin with `- ` make a list, `> ` a quotation; `@html ` is kept as it is."""
    out = []
    for block in page["body"].split("\n\n"):
        if block.startswith("@html "):
            out.append(block[6:])
        elif block.startswith("## "):
            out.append(f"<h2>{html.escape(block[3:], False)}</h2>")
        elif block.startswith("- "):
            items = "".join(f"<{item}>{html.escape(line[2:], False)}</{item}>\n" for line in block.split("\n"))
            out.append(f"<ul>\n{items}</ul>")
        elif block.startswith("> "):
            out.append(f"<blockquote><p>{html.escape(block[2:], False)}</p></blockquote>")
        else:
            out.append(f"<p>{html.escape(block, False)}</p>")
    return "\n".join(out)


def related(page, tag="li"):
    titles = RELATED.get(page["language"], RELATED["en"])
    return "\n".join(f'<{tag}><a href="/r/{number}">{title}</a></{tag}>' for number, title in enumerate(titles))


def told_in_page(page):
    return page.get("declared", "both") in ("meta", "both")


def head(page, extra=""):
    language = "" if page["language"] == "spam" else f' lang="{page["language"]}"'
    meta = f'<meta charset="{page.get("charset", "utf-8")}">\n' if told_in_page(page) else ""
    return (f"<!DOCTYPE html>\n<html{language}>\n<head>\n{meta}<title>{html.escape(page['title'], False)}</title>\n"
            '<link rel="stylesheet" href="/style.css">\n<script>window.dataLayer = window.dataLayer || []; function track(e) { dataLayer.push(e); }</script>\n'
            f"<style>.ad {{ display: none }} nav a {{ color: teal }}</style>\n{extra}</head>\n")


def blog(page, w):
    return head(page) + f"""<body class="post">
<header><a class="logo" href="/">{page["url"].split("/")[2].split(".")[0]}</a>
<nav><ul><li><a href="/">{w["home"]}</a></li><li><a href="/about">{w["about"]}</a></li><li><a href="/contact">{w["contact"]}</a></li></ul></nav></header>
<div id="cookie-banner" role="dialog"><p>{w["cookies"]}</p><button>{w["accept"]}</button></div>
<article>
<h1>{html.escape(page["title"], False)}</h1>
<div class="meta"><time datetime="2024-03-02">2024-03-02</time></div>
{body(page)}
</article>
<div class="share-bar">{w["share"]}: <a href="#">Facebook</a> <a href="#">Mastodon</a> <a href="#">E-Mail</a></div>
<aside class="sidebar"><h3>{w["related"]}</h3><ul>
{related(page)}
</ul><form class="newsletter"><label>{w["newsletter"]}</label><input type="email" name="email"></form></aside>
<section id="comments"><h3>{w["comments"]} (2)</h3><div class="comment"><b>marlo</b><p>{w["comment1"]}</p></div>
<div class="comment"><b>ines77</b><p>{w["comment2"]}</p></div></section>
<footer><p>&copy; 2024 {w["footer"]}</p></footer>
</body>
</html>
"""


def news(page, w):
    paragraphs = body(page).split("\n<p>", 2)
    advert = f'\n<div class="ad advertisement" data-slot="mid"><p>{w["advert"]}</p></div>\n<p>'
    text = paragraphs[0] if len(paragraphs) == 1 else "\n<p>".join(paragraphs[:2]) + (advert + paragraphs[2] if len(paragraphs) > 2 else "")
    extra = f'<meta property="og:title" content="{html.escape(page["title"])}">\n<meta property="og:type" content="article">\n'
    return head(page, extra) + f"""<body>
<div class="topbar"><a href="#main" class="skip">&darr;</a></div>
<nav class="main-nav"><a href="/">{w["home"]}</a> | <a href="/about">{w["about"]}</a> | <a href="/contact">{w["contact"]}</a></nav>
<div class="ad leaderboard">{w["advert"]}</div>
<main id="main">
<article itemscope itemtype="https://schema.org/NewsArticle">
<h1 itemprop="headline">{html.escape(page["title"], False)}</h1>
<ul class="social"><li><a href="#">{w["share"]}</a></li><li><a href="#">&#x2709;</a></li></ul>
<figure><img src="/img/{page["name"]}.jpg" alt=""></figure>
<div itemprop="articleBody" class="article-body">
{text}
</div>
</article>
</main>
<section class="related"><h2>{w["related"]}</h2><ul>
{related(page)}
</ul></section>
<div class="cookie-consent">{w["cookies"]} <a class="button" href="#">{w["accept"]}</a></div>
<footer class="site-footer"><nav><a href="/about">{w["about"]}</a> <a href="/contact">{w["contact"]}</a></nav><small>{w["footer"]}</small></footer>
<script>track({{"page": "{page["name"]}", "kind": "news"}});</script>
</body>
</html>
"""


def forum(page, w):
    return head(page) + f"""<body>
<div id="header"><div class="menu"><a href="/">{w["home"]}</a> &raquo; <a href="/board">Board</a> &raquo; <a href="/board/7">7</a></div></div>
<div id="wrapper"><div id="content">
<h1 class="topic-title">{html.escape(page["title"], False)}</h1>
<div class="post first"><div class="author"><b>heron_42</b><br>Posts: 318</div><div class="post-body">
{body(page)}
</div><div class="post-buttons"><a href="#">Quote</a> <a href="#">Report</a></div></div>
</div>
<div class="sidebar"><h3>{w["related"]}</h3>
{related(page, "div")}
</div></div>
<div id="footer">{w["footer"]}</div>
<!-- rendered in 12 ms -->
</body>
</html>
"""


def old(page, w):
    """A page of the nineties: capitals, tables for layout, unclosed paragraphs, entities."""
    text = body(page).replace("<p>", "<P>").replace("</p>", "").replace("—", "&mdash;").replace("é", "&eacute;").replace("ü", "&uuml;")
    charset = page.get("charset", "utf-8")
    meta = f'<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset={charset}">\n' if told_in_page(page) else ""
    return f"""<HTML><HEAD>
{meta}<TITLE>{html.escape(page["title"], False)}</TITLE>
</HEAD><BODY BGCOLOR="#FFFFEE">
<TABLE WIDTH="100%" BORDER=0><TR><TD COLSPAN=2><FONT SIZE=1><A HREF="/">{w["home"]}</A> | <A HREF="/about">{w["about"]}</A> | <A HREF="/contact">{w["contact"]}</A></FONT></TD></TR>
<TR><TD WIDTH=140 VALIGN=top><FONT SIZE=2>
{related(page, "P")}
</FONT></TD><TD VALIGN=top>
<H1>{html.escape(page["title"], False)}</H1>
{text}
</TD></TR></TABLE>
<HR><CENTER><FONT SIZE=1>{w["footer"]}</FONT></CENTER>
</BODY></HTML>
"""


def wiki(page, w):
    text = body(page).replace("</h2>", ' <span class="edit-section">[<a href="?edit">edit</a>]</span></h2>')
    return head(page) + f"""<body class="wiki">
<div id="side"><ul><li><a href="/">{w["home"]}</a></li><li><a href="/random">?</a></li><li><a href="/about">{w["about"]}</a></li></ul></div>
<div id="content" class="mw-body" role="main">
<h1 id="firstHeading">{html.escape(page["title"], False)}</h1>
<table class="infobox"><tr><th>ID</th><td>{len(page["name"]) * 37}</td></tr><tr><th>&#9733;</th><td>4 / 5</td></tr></table>
{text}
<div class="navbox"><ul>
{related(page)}
</ul></div>
</div>
<div id="catlinks"><a href="/c/1">A</a> <a href="/c/2">B</a></div>
<div id="footer"><ul><li>{w["footer"]}</li><li>{w["contact"]}</li></ul></div>
</body>
</html>
"""
