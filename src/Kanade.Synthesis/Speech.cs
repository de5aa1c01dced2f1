using Kanade.Audio;

namespace Kanade.Synthesis;

/// <summary>Speech and how it came about.</summary>
/// <param name="Waveform">The sound.</param>
/// <param name="Ids">(T) the symbols that were read.</param>
/// <param name="Durations">(T) in aligner frames, before rounding.</param>
/// <param name="Frames">(T) aligner frames of each symbol.</param>
/// <param name="F0">(F) Hz, one a mel frame.</param>
/// <param name="Energy">(F) log energy.</param>
/// <param name="Style">(256) the style that was spoken.</param>
public sealed record Speech(Waveform Waveform, int[] Ids, float[] Durations, int[] Frames, float[] F0, float[] Energy, float[] Style);

/// <summary>How a style is drawn from the diffusion and mixed with a given one.</summary>
/// <param name="Steps">Steps of the sampler; 0 leaves the given style as it is.</param>
/// <param name="Alpha">How much of the acoustic half is the drawn one.</param>
/// <param name="Beta">How much of the prosodic half is the drawn one.</param>
/// <param name="Scale">Classifier-free guidance; 1 is none.</param>
/// <param name="Seed">The same seed draws the same style, on any hardware.</param>
public sealed record StyleSampling(int Steps = 0, double Alpha = 0.3, double Beta = 0.7, double Scale = 1, long Seed = 0);

/// <summary>How a text is spoken.</summary>
/// <param name="Sampling">How the style is drawn.</param>
/// <param name="Speed">Durations are divided by it.</param>
/// <param name="SourceNoise">Scale of the excitation's noise; 0 switches it off.</param>
/// <param name="Seed">Of that noise.</param>
public sealed record SpeakingOptions(StyleSampling Sampling, double Speed = 1, double SourceNoise = 1, long Seed = 0);
