namespace ShowTell.Reporting;

/// <summary>How galleries look.</summary>
internal static class GalleryStyle
{
    /// <summary>The page's style sheet.</summary>
    public const string Css = """

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
}
