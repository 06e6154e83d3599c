namespace ShowTell.Reporting;

/// <summary>How pages look, whatever is on them.</summary>
internal static class PageStyle
{
    /// <summary>The style sheet that all pages share.</summary>
    public const string Css = """

        :root{--ground:#f4f5f7;--surface:#fff;--ink:#1b2029;--soft:#5a6270;--line:#e1e4e9;--accent:#0072b2;--right:#00795a;--wrong:#c2410c;--mark:#fff}
        @media (prefers-color-scheme:dark){:root{--ground:#111419;--surface:#1a1e25;--ink:#eceff4;--soft:#a3acba;--line:#2c323c;--accent:#7cc4f0;--right:#3ecf9f;--wrong:#ff9d5c;--mark:#111419}}
        *{box-sizing:border-box;margin:0}
        html{color-scheme:light dark;-webkit-text-size-adjust:100%}
        body{background:var(--ground);color:var(--ink);font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;max-width:1360px;margin:auto;padding:clamp(16px,3vw,40px)}
        h1{font-size:clamp(1.5rem,1.1rem + 1.6vw,2.1rem);line-height:1.2;letter-spacing:-.015em;overflow-wrap:anywhere}
        .headline{font-size:clamp(1.05rem,.95rem + .5vw,1.3rem);font-weight:600;color:var(--accent);margin-top:.4rem}
        .facts{display:flex;flex-wrap:wrap;gap:.35rem 1.75rem;margin-top:.9rem;font-size:.875rem}
        .facts div{display:flex;gap:.45rem;min-width:0}
        .facts dt{color:var(--soft)}
        .facts dd{font-weight:500;overflow-wrap:anywhere}
        .caption{font-weight:600;line-height:1.35}
        .caption i{font-weight:400;color:var(--soft)}
        .badge{width:1.15em;height:1.15em;margin-inline-end:.45em;vertical-align:-.2em}
        .badge circle{fill:var(--right)}
        .wrong .badge circle{fill:var(--wrong)}
        .badge path{fill:none;stroke:var(--mark);stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}
        .references{list-style:none;padding:0;font-size:.875rem;color:var(--soft);display:grid;gap:.3rem}
        .label{margin-top:auto;padding-top:.2rem;font:12px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--soft)}
        a{color:var(--accent);text-underline-offset:2px}
        footer{margin-top:2.5rem;font-size:.8125rem;color:var(--soft)}

        """;
}
