using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models.Layers;

/// <summary>The periodic Hann window of a short-time transform, kept on the device where it was last used. It is a constant, so it is no
/// part of a network's state.</summary>
sealed class HannWindow(int length)
{
    Tensor? _window;

    /// <returns>(length) float32 on <paramref name="device"/>; owned by this object.</returns>
    public Tensor On(Device device)
    {
        // Another thread may be in the same forward: a window that was seen stays valid, the loser of a race is collected.
        if (_window is { } window && window.device_type == device.type && window.device_index == device.index)
        {
            return window;
        }
        using var scope = NewDisposeScope();
        return _window = hann_window(length, periodic: true, dtype: float64).to(float32).to(device).DetachFromDisposeScope();
    }
}
