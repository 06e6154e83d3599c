namespace ShowTell.Reporting;

/// <summary>The style sheets of pages and plots.</summary>
internal static class PageStyle
{
    /// <summary>The style sheet of all pages.</summary>
    public const string Shared = """

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

    /// <summary>Additional styles of galleries.</summary>
    public const string Gallery = """

        .plot{margin-top:1.5rem;max-width:800px}
        .plot svg{display:block;width:100%;height:auto;border:1px solid var(--line);border-radius:12px}
        fieldset{border:0;padding:0;margin-top:1.5rem;display:flex;flex-wrap:wrap;gap:.5rem}
        fieldset+.cards{margin-top:1rem}
        legend,[name=show]{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        [name=show]+label{padding:.4rem .95rem;border:1px solid var(--line);border-radius:99px;background:var(--surface);font-size:.875rem;cursor:pointer}
        [name=show]+label b{font-weight:400;color:var(--soft);margin-left:.15rem}
        [name=show]:checked+label{background:var(--ink);border-color:var(--ink);color:var(--ground)}
        [name=show]:checked+label b{color:inherit;opacity:.7}
        [name=show]:focus-visible+label{outline:2px solid var(--accent);outline-offset:2px}
        main:has(#show-right:checked) .card:not(.right),main:has(#show-wrong:checked) .card:not(.wrong){display:none}
        .cards{list-style:none;padding:0;margin-top:1.5rem;display:grid;gap:20px;grid-template-columns:repeat(auto-fill,minmax(min(100%,250px),1fr))}
        .card{display:flex;flex-direction:column;min-width:0;background:var(--surface);border:1px solid var(--line);border-radius:12px;overflow:hidden}
        .card img{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--line)}
        .text{border-top:1px solid var(--line);display:flex;flex-direction:column;flex:1;gap:.6rem;padding:14px 16px 12px;overflow-wrap:anywhere}
        .caption+.references{border-top:1px solid var(--line);padding-top:.6rem}
        @media print{.card{break-inside:avoid}fieldset{display:none}}

        """;

    /// <summary>Additional styles of model reports.</summary>
    public const string ModelReport = """

        body{max-width:1240px}
        .kicker{color:var(--soft);font-size:.8125rem;letter-spacing:.04em;text-transform:uppercase;margin-bottom:.35rem}
        h1{font-size:clamp(1.8rem,1.3rem + 2.2vw,2.75rem)}
        .lead{font-size:clamp(1rem,.95rem + .3vw,1.15rem);color:var(--soft);max-width:46em;margin-top:.6rem}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(148px,1fr));gap:12px;margin-top:1.6rem}
        .tiles div{background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:14px 16px 12px}
        .tiles dt{font-size:.8125rem;color:var(--soft)}
        .value{font-size:1.75rem;line-height:1.25;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
        .note{font-size:.8125rem;color:var(--soft);font-variant-numeric:tabular-nums}
        nav{display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;margin-top:1.5rem;padding:.8rem 0;border-block:1px solid var(--line);font-size:.9375rem}
        nav a{text-decoration:none;font-weight:500}
        nav a:hover,nav a:focus-visible{text-decoration:underline}
        section{margin-top:clamp(2.2rem,5vw,3.4rem);scroll-margin-top:1rem}
        h2{font-size:1.5rem;line-height:1.25;letter-spacing:-.012em}
        h3{font-size:1.125rem;margin-top:1.9rem}
        h4{font-size:.8125rem;font-weight:600;color:var(--soft);margin-bottom:-.3rem}
        section>p,.columns p{color:var(--soft);max-width:52em;margin-top:.5rem}
        .columns .plots{margin-top:0}
        .columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:24px 36px;margin-top:1.1rem;align-items:start}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-size:.9375rem;font-variant-numeric:tabular-nums}
        table caption{text-align:left;font-weight:600;padding-bottom:.5rem}
        th,td{padding:.45rem .6rem .45rem 0;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
        th:first-child{text-align:left;font-weight:500}
        thead th{color:var(--soft);font-weight:400;font-size:.8125rem}
        .list{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr));gap:0 36px;font-size:.9375rem;margin-top:1.1rem}
        .columns .list{margin-top:0}
        .list div{display:flex;justify-content:space-between;gap:1rem;padding:.45rem 0;border-bottom:1px solid var(--line)}
        .list dt{color:var(--soft);flex:none}
        .list dd{font-weight:500;text-align:right;overflow-wrap:anywhere;min-width:0;font-variant-numeric:tabular-nums}
        code{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
        .signature{font-size:.8125rem}
        .plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:20px;margin-top:1.1rem}
        .plots svg{display:block;width:100%;height:auto}
        .plots>div{max-width:720px;border:1px solid var(--line);border-radius:12px;overflow:hidden}
        .photos{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,480px),1fr));gap:20px;margin-top:.9rem;align-items:start}
        .photo{background:var(--surface);border:1px solid var(--line);border-radius:12px;overflow:hidden;display:grid;grid-template-columns:minmax(0,2fr) minmax(0,3fr)}
        .photo>img{display:block;width:100%;height:auto;max-height:340px;object-fit:cover;margin:16px 0 16px 16px;width:calc(100% - 16px);border-radius:8px;background:var(--line)}
        .photo .text{padding:16px 18px 14px;display:flex;flex-direction:column;gap:.6rem;overflow-wrap:anywhere;min-width:0}
        .photo .caption{font-size:1.0625rem}
        .numbers{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;font-size:.8125rem;color:var(--soft);font-variant-numeric:tabular-nums}
        .numbers b{color:var(--ink)}
        .found{grid-column:1/-1;padding:2px 18px 14px 16px;display:grid;gap:.6rem}
        .others{list-style:none;padding:0;font-size:.8125rem;display:grid;gap:.35rem}
        .others li{display:grid;grid-template-columns:3.6rem 4.4rem minmax(0,1fr);gap:.5rem;align-items:baseline}
        .bar{display:inline-block;height:.5rem;min-width:1px;border-radius:2px;background:var(--accent)}
        .percent{font-variant-numeric:tabular-nums;text-align:right}
        .what{color:var(--soft)}
        .shares td{width:40%;text-align:left}
        .shares thead th{text-align:left}
        .shares .bar{margin-right:.5rem;height:.7rem;vertical-align:-.06rem}
        .bar.references{background:var(--second)}
        details{font-size:.9375rem}
        section>details{margin-top:1.1rem}
        section>details p{margin-top:.5rem}
        summary{cursor:pointer;font-weight:500;color:var(--accent)}
        .photo details{grid-column:1/-1;border-top:1px solid var(--line);padding:10px 18px}
        .maps{display:grid;grid-template-columns:repeat(auto-fill,minmax(104px,1fr));gap:12px 10px;margin:12px 0 6px}
        .map{aspect-ratio:1;border-radius:6px;overflow:hidden;background:var(--view) center/cover;print-color-adjust:exact}
        .empty .map{background:repeating-linear-gradient(0deg,#0002 0 1px,#0000 1px 14.2857%),repeating-linear-gradient(90deg,#0002 0 1px,#0000 1px 14.2857%),#f6d9a0}
        .map img{display:block;width:100%;height:100%}
        figcaption{font-size:.8125rem;line-height:1.3;margin-top:.3rem;color:var(--soft);overflow-wrap:anywhere}
        figcaption b{color:var(--ink);font-weight:600;display:block}
        sup{font-size:.75em;line-height:0}
        :root{--second:#d55e00}
        @media (prefers-color-scheme:dark){:root{--second:#f0993a}}
        @media (max-width:560px){.photo{grid-template-columns:minmax(0,1fr)}.photo>img{margin:0;width:100%;border-radius:0}.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}.others li{grid-template-columns:2rem 3.9rem minmax(0,1fr)}}
        @media print{.photo{break-inside:avoid}nav{display:none}}

        """;

    /// <summary>
    /// The style sheet of a plot. Every rule begins with the plot's class, because inside a page it applies to the whole
    /// page. The colors are those of Okabe and Ito, which color-blind readers can distinguish, brighter on dark ground.
    /// On a phone, where the drawing is half as large, letters are larger. Only CSS that SVG viewers understand.
    /// </summary>
    public const string Plot = """

        .showtell-plot{max-width:100%;font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-size:13px}
        .showtell-plot .surface{fill:#fff}
        .showtell-plot text{fill:#5a6270}
        .showtell-plot .title{fill:#1b2029;font-size:17px;font-weight:600}
        .showtell-plot .name{fill:#1b2029}
        .showtell-plot .grid,.showtell-plot .axis{fill:none;stroke:#e4e7ec;vector-effect:non-scaling-stroke}
        .showtell-plot .axis{stroke:#9aa3b0}
        .showtell-plot .y-tick{text-anchor:end;font-variant-numeric:tabular-nums}
        .showtell-plot .x-tick,.showtell-plot .x-label,.showtell-plot .y-label,.showtell-plot .empty{text-anchor:middle}
        .showtell-plot .line,.showtell-plot .faint,.showtell-plot .band{fill:none;stroke:currentColor;stroke-width:2.25;stroke-linejoin:round;vector-effect:non-scaling-stroke}
        .showtell-plot .faint{stroke-width:1;stroke-opacity:.35}
        .showtell-plot .band{stroke-width:9;stroke-opacity:.25}
        .showtell-plot .column{fill:currentColor}
        .showtell-plot .dot{fill:currentColor;stroke:#fff;stroke-width:1.5}
        .showtell-plot .series0{color:#0072b2}
        .showtell-plot .series1{color:#d55e00}
        .showtell-plot .series2{color:#008a64}
        .showtell-plot .series3{color:#b0508a}
        .showtell-plot .series4{color:#8a6d00}
        .showtell-plot .series5{color:#4b5563}
        @media (max-width:600px){
        .showtell-plot{font-size:20px}
        .showtell-plot .title{font-size:24px}
        .showtell-plot .dot{r:6px}
        }
        @media (prefers-color-scheme:dark){
        .showtell-plot .surface{fill:#1a1e25}
        .showtell-plot text{fill:#a3acba}
        .showtell-plot .title,.showtell-plot .name{fill:#eceff4}
        .showtell-plot .grid{stroke:#2c323c}
        .showtell-plot .axis{stroke:#6b7482}
        .showtell-plot .dot{stroke:#1a1e25}
        .showtell-plot .series0{color:#56b4e9}
        .showtell-plot .series1{color:#f0993a}
        .showtell-plot .series2{color:#2fc79c}
        .showtell-plot .series3{color:#e59bc8}
        .showtell-plot .series4{color:#f0e442}
        .showtell-plot .series5{color:#c3cad5}
        }

        """;
}
