/**
 * The looks of a page. Text has at least 4.5:1 against what it stands on, in both schemes (WCAG 2.2 AA; a test measures it).
 * Fills of the memory picture are apart in lightness for who sees no hues (after Okabe and Ito).
 */
export const STYLE = `
:root{--page:#f6f8fa;--card:#fff;--text:#1f2328;--quiet:#57606a;--line:#d5dbe1;--link:#0757b8;--focus:#0969da;
--error:#a61b12;--error-on:#ffefed;--warning:#754800;--warning-on:#fff4d6;--good:#0f5d27;--good-on:#e3f6e8;--plain:#454d56;--plain-on:#eef1f4;
--weights:#56b4e9;--overhead:#e69f00;--cache:#5fc3a2;--left:#dde2e7}
@media (prefers-color-scheme:dark){:root{--page:#0d1117;--card:#151b23;--text:#e6edf3;--quiet:#9da7b3;--line:#30363d;--link:#7db7ff;--focus:#58a6ff;
--error:#ff9b92;--error-on:#3c1815;--warning:#f2c45f;--warning-on:#33270a;--good:#7ee195;--good-on:#10301b;--plain:#b8c1cb;--plain-on:#232a33;
--weights:#3f9bd1;--overhead:#c98b00;--cache:#3fa383;--left:#3a424c}}
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}
h1,h2,h3,p,dl,dd,ul,pre,figure{margin:0}
code,pre,h3,.place,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:4px}
main:focus{outline:none}
.skip{position:absolute;left:1rem;top:-6rem;padding:.5rem 1rem;background:var(--card);border-radius:6px;z-index:1}
.skip:focus{top:1rem}
header{padding-top:2rem}
.command{color:var(--quiet);font-weight:600;letter-spacing:.01em}
h1{font-size:1.75rem;line-height:1.25;letter-spacing:-.01em}
h1.error{color:var(--error)}h1.warning{color:var(--warning)}h1.good{color:var(--good)}
.metrics{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:1px;margin-top:1.25rem;background:var(--line);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.metrics div{background:var(--card);padding:.7rem 1rem .8rem}
.metrics dt{color:var(--quiet);font-size:.8125rem}
.metrics dd{font-size:1.25rem;font-weight:600;line-height:1.3;font-variant-numeric:tabular-nums}
.metrics .note{color:var(--quiet);font-size:.8125rem;font-weight:400}
.metrics .error dd:not(.note){color:var(--error)}.metrics .warning dd:not(.note){color:var(--warning)}.metrics .good dd:not(.note){color:var(--good)}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin-top:1rem}
h2{font-size:1.0625rem;margin:2rem 0 .6rem}
.card,.issues,.panel{background:var(--card);border:1px solid var(--line);border-radius:10px}
.card{margin-bottom:.6rem}
.panel{padding:1rem}
summary{cursor:pointer;border-radius:9px;list-style:none}
summary::-webkit-details-marker{display:none}
summary::before{content:"";flex:none;width:.42rem;height:.42rem;border:solid var(--quiet);border-width:0 2px 2px 0;transform:rotate(-45deg);margin:.5rem .35rem 0 .1rem}
details[open]>summary::before{transform:rotate(45deg);margin-top:.4rem}
.card>summary{display:flex;gap:.15rem .6rem;padding:.65rem 1rem;align-items:flex-start}
.card>summary:hover{background:var(--plain-on)}
.card[open]>summary{border-radius:9px 9px 0 0;border-bottom:1px solid var(--line)}
h3{font-size:.9375rem;font-weight:600;flex:none;max-width:100%}
.facts{color:var(--quiet);font-size:.875rem;flex:1 1 auto;min-width:0}
.facts span:not(:last-child)::after{content:" ·"}
.tags{display:flex;flex-wrap:wrap;gap:.3rem;justify-content:flex-end;flex:none;max-width:100%}
.tag{display:inline-block;padding:.05rem .5rem;border-radius:99px;font-size:.78125rem;font-weight:600;line-height:1.5;white-space:nowrap}
.error.tag{color:var(--error);background:var(--error-on)}.warning.tag{color:var(--warning);background:var(--warning-on)}
.good.tag{color:var(--good);background:var(--good-on)}.plain.tag{color:var(--plain);background:var(--plain-on)}
.body{padding:1rem;display:grid;gap:1rem}
.body>*{min-width:0}
.body .issues{border-radius:8px}
.pairs{display:grid;grid-template-columns:repeat(auto-fill,minmax(14rem,1fr));gap:.7rem 1.25rem}
.pairs dt{color:var(--quiet);font-size:.8125rem}
.pairs dd{font-variant-numeric:tabular-nums}
.memory{display:grid;gap:.7rem}
figcaption,.held>p,.fold>summary,.label{color:var(--quiet);font-size:.8125rem}
.held>svg{display:block;width:100%;height:1.25rem;margin:.2rem 0 .35rem;border-radius:4px}
rect{stroke:var(--card);stroke-width:1;vector-effect:non-scaling-stroke}
.weights{fill:var(--weights)}.overhead{fill:var(--overhead)}.cache{fill:var(--cache)}.left{fill:var(--left)}
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;font-size:.8125rem;color:var(--quiet)}
.legend svg{width:.7rem;height:.7rem;margin-right:.4rem;border-radius:2px}
.legend b{color:var(--text);font-weight:600;font-variant-numeric:tabular-nums}
.issues{list-style:none;padding:0;overflow:hidden}
.issues>li{padding:.8rem 1rem;border-left:4px solid var(--line)}
.issues>li+li{border-top:1px solid var(--line)}
.issues>li.error{border-left-color:var(--error)}.issues>li.warning{border-left-color:var(--warning)}
.head{display:flex;flex-wrap:wrap;gap:.15rem .6rem;align-items:baseline;margin-bottom:.25rem}
.head code{font-weight:600}
.place,.about,.remedy{color:var(--quiet)}
.remedy{font-size:.875rem;margin-top:.3rem}
.remedy b{color:var(--text);font-weight:600;margin-right:.3rem}
.diff{margin-top:.5rem;border:1px solid var(--line);border-radius:6px;overflow:hidden;white-space:pre-wrap;word-break:break-all;line-height:1.6;font-size:.8125rem}
.diff>*{display:block;padding:0 .7rem;text-decoration:none}
.diff>span{color:var(--quiet);background:var(--plain-on)}
ins{color:var(--good);background:var(--good-on)}del{color:var(--error);background:var(--error-on)}
.fold>summary::before{margin-right:.5rem}
.fold>summary{display:flex;width:fit-content;color:var(--link);padding:.1rem .3rem .1rem 0}
.list{padding-left:1.2rem;font-size:.9375rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.875rem;table-layout:fixed}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
tr:last-child>*{border-bottom:0}
th{font-weight:400;color:var(--quiet)}
th[scope=row],.corner{width:24%;padding-left:0}
.was{background:var(--error-on);color:var(--error)}.now{background:var(--good-on);color:var(--good)}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
footer{color:var(--quiet);font-size:.8125rem;padding-top:1.5rem;padding-bottom:2.5rem}
@media (max-width:40rem){header,main,footer{padding-left:.875rem;padding-right:.875rem}header{padding-top:1.25rem}h1{font-size:1.4rem}
.metrics{grid-template-columns:1fr 1fr}.metrics div:last-child:nth-child(odd){grid-column:1/-1}
.card>summary{flex-wrap:wrap;position:relative;padding:.6rem .8rem .6rem 1.9rem}.card>summary::before{position:absolute;left:.8rem;top:.75rem;margin:0}
.facts{flex-basis:100%;order:3}h3{flex:1 1 0;min-width:60%}.body{padding:.8rem}.pairs{grid-template-columns:1fr 1fr}th,td{padding:.35rem}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{:root{--page:#fff;--card:#fff;--text:#000;--quiet:#444;--line:#bbb;--link:#000;
--error:#8f130b;--error-on:#fff;--warning:#5c3900;--warning-on:#fff;--good:#0a4a1d;--good-on:#fff;--plain:#333;--plain-on:#fff;
--weights:#56b4e9;--overhead:#e69f00;--cache:#5fc3a2;--left:#dde2e7}
html{color-scheme:light}body{font-size:10pt}header,main,footer{max-width:none;padding:0}.skip,nav{display:none}
rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}.tag{border:1px solid}
.issues>li,.memory,.metrics,tr{break-inside:avoid}h2,h3,summary{break-after:avoid}
details::details-content{content-visibility:visible;block-size:auto}}
`;
