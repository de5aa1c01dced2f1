using System.Globalization;

namespace Kanade.Models;

/// <summary>From the names in published checkpoints to the state names here, which are the original's without what training put around them.</summary>
public static class UpstreamNames
{
    /// <summary>The networks that a voice is made of.</summary>
    public static readonly IReadOnlyList<string> Voice =
        ["text_encoder", "style_encoder", "decoder", "bert", "bert_encoder", "predictor", "predictor_encoder", "diffusion"];

    /// <summary>The networks that only training needs.</summary>
    public static readonly IReadOnlyList<string> Training =
        ["text_aligner", "pitch_extractor", "mpd", "msd", "wd", "KotoDama_Prompt", "KotoDama_Text"];

    /// <summary>Buffers that older or newer versions of a library leave out and that are made here: their values are constants.</summary>
    internal static readonly IReadOnlySet<string> Constants = new HashSet<string> { "bert.embeddings.position_ids" };

    /// <summary>A state's name, or null where the checkpoint holds a second copy of another.</summary>
    /// <param name="network">For example <c>decoder</c>.</param>
    /// <param name="stored">The name in the checkpoint, within its network.</param>
    public static string? State(string network, string stored)
    {
        var name = Bare(stored)
            .Replace("parametrizations.weight.original0", "weight_g", StringComparison.Ordinal) // weight norm of PyTorch 2
            .Replace("parametrizations.weight.original1", "weight_v", StringComparison.Ordinal)
            .Replace("parametrizations.weight.0._u", "weight_u", StringComparison.Ordinal)      // spectral norm of PyTorch 2
            .Replace("parametrizations.weight.0._v", "weight_v", StringComparison.Ordinal)
            .Replace("parametrizations.weight.original", "weight_orig", StringComparison.Ordinal);
        return network == "diffusion" && name.StartsWith("unet.", StringComparison.Ordinal) ? null : name;
    }

    /// <summary>A name without what data-parallel training and compilation put in: <c>module.</c> and <c>_orig_mod.</c>, anywhere.</summary>
    public static string Bare(string stored) => string.Join('.', stored.Split('.').Where(part => part is not ("module" or "_orig_mod")));

    /// <summary>Which network a state alone is of, by a name that only it has; null where it is none of those published alone.</summary>
    /// <param name="names">Bare names.</param>
    public static string? NetworkOf(IReadOnlyCollection<string> names) => names switch
    {
        _ when names.Contains("asr_s2s.embedding.weight") => "text_aligner",
        _ when names.Contains("bilstm_classifier.weight_ih_l0") => "pitch_extractor",
        _ when names.Contains("embeddings.word_embeddings.weight") || names.Contains("encoder.embeddings.word_embeddings.weight") => "bert",
        _ => null,
    };

    /// <summary>PL-BERT is published within the model that pretrained it, which calls it <c>encoder</c> and has two heads besides.</summary>
    /// <returns>The name within PL-BERT, or null for a head.</returns>
    internal static string? WithinPhonemeBert(string bare) => bare.StartsWith("encoder.", StringComparison.Ordinal) ? bare["encoder.".Length..] : null;

    /// <summary>One more than the largest number that follows a prefix: how many of something a state has.</summary>
    public static int Count(IEnumerable<string> names, string prefix) => names
        .Where(n => n.StartsWith(prefix, StringComparison.Ordinal))
        .Select(n => n[prefix.Length..].Split('.')[0])
        .Select(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var i) ? i + 1 : 0)
        .DefaultIfEmpty(0).Max();
}
