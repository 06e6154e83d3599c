namespace ShowTell.Data.Import;

/// <summary>A caption as a caption file has it.</summary>
/// <param name="Photo">The photo's file name, relative to the folder of photos.</param>
/// <param name="Text">The caption.</param>
/// <param name="Split"><c>train</c>, <c>val</c> or <c>test</c> where the file says so, else null.</param>
/// <param name="Subfolder">Where the file says in which folder the photo lies (Karpathy's <c>filepath</c>).</param>
public readonly record struct PhotoCaption(string Photo, string Text, string? Split = null, string? Subfolder = null);
